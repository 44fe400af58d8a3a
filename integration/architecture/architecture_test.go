package architecture

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// reaches says which areas of the repository an area may import beside itself: imports point one way.
var reaches = map[string][]string{
	"stage":       {},
	"schemas":     {"stage"},
	"topology":    {"stage", "schemas"},
	"runtime":     {"stage", "schemas", "topology"},
	"pipelines":   {"stage", "schemas", "topology", "runtime"},
	"integration": {"stage", "schemas", "topology", "runtime", "pipelines"},
	"cmd":         {"stage", "schemas", "topology", "runtime", "pipelines", "integration"}, // the demo is verified as the integration is
}

func TestImportsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		from := area(s.path)
		allowed, known := reaches[from]
		if !known {
			t.Errorf("%s: no rule says what %s may import", s.path, from)
			continue
		}
		if s.isTest() { // a test may be run by what stands above, but never imports a command or the integration
			allowed = append(slices.Clone(allowed), "stage", "schemas", "topology", "runtime", "pipelines")
		}
		for _, imported := range s.imports {
			rest, ours := strings.CutPrefix(imported, module+"/")
			if ours && area(rest) != from && !slices.Contains(allowed, area(rest)) {
				t.Errorf("%s imports %s; %s may import %s", s.path, imported, from, strings.Join(reaches[from], ", "))
			}
		}
	}
}

func TestOperatorsNeverImportEachOther(t *testing.T) {
	for _, s := range sources(t) {
		own := operator(s.path)
		if own == "" || s.isTest() {
			continue
		}
		for _, imported := range s.imports {
			rest, ours := strings.CutPrefix(imported, module+"/")
			if other := operator(rest + "/x.go"); ours && other != "" && other != own {
				t.Errorf("%s imports %s", s.path, imported)
			}
		}
	}
}

// TestStageCostsNothingElse keeps an embedding user from paying for more than the operator.
func TestStageCostsNothingElse(t *testing.T) {
	hashing := "github.com/cespare/xxhash/v2"
	for _, s := range sources(t) {
		if area(s.path) != "stage" || s.isTest() || operator(s.path) == "stagetest" {
			continue
		}
		for _, imported := range s.imports {
			standard := !strings.Contains(area(imported), ".")
			hashes := imported == hashing && slices.Contains([]string{"splitter", "sharder"}, operator(s.path))
			if !standard && !hashes && !strings.HasPrefix(imported, module+"/stage") {
				t.Errorf("%s imports %s; stage imports the standard library only", s.path, imported)
			}
		}
	}
}

func TestOnlyTheRuntimeKnowsKafka(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() || slices.Contains([]string{"runtime", "integration", "cmd"}, area(s.path)) {
			continue
		}
		for _, imported := range s.imports {
			registry := area(s.path) == "schemas" && imported == "github.com/twmb/franz-go/pkg/sr"
			if strings.HasPrefix(imported, "github.com/twmb/franz-go") && !registry {
				t.Errorf("%s imports %s", s.path, imported)
			}
		}
	}
}

func TestPackagesAreNouns(t *testing.T) {
	for _, s := range sources(t) {
		if name := s.file.Name.Name; slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "base", "misc"}, name) {
			t.Errorf("%s: package %s says nothing of what it holds", s.path, name)
		}
	}
}

// linesMax is how long a file may be.
const linesMax = 400

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if n := s.lines(); n > linesMax {
			t.Errorf("%s has %d lines; at most %d", s.path, n, linesMax)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented, seen := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		folder := path.Dir(s.path)
		seen[folder] = true
		documented[folder] = documented[folder] || s.file.Doc != nil
	}
	for folder := range seen {
		if !documented[folder] {
			t.Errorf("%s has no package sentence", folder)
		}
	}
}

// top is everything that may stand at the top of the repository.
var top = []string{
	"stage", "topology", "runtime", "cmd", "pipelines", "schemas", "deploy", "integration", "docs",
	"go.mod", "go.sum", "docker-compose.yaml", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE",
	"Makefile", "bin", "anabranch", // the last two are built here and ignored
}

func TestNothingElseAtTheTop(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(top, e.Name()) {
			t.Errorf("%s stands at the top; it belongs into one of the folders", e.Name())
		}
	}
}
