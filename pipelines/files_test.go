package pipelines

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/topology"
)

// TestEveryPipelineLoads checks each file of this folder, and that the command in its header names files and streams that exist.
func TestEveryPipelineLoads(t *testing.T) {
	files, err := fs.Glob(Files, "*.yaml")
	if err != nil || len(files) < 9 {
		t.Fatalf("found %d pipelines, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			p, err := topology.Load(name, topology.Options{Env: func(string) (string, bool) { return "", false }})
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Warnings) > 0 {
				t.Error(p.Warnings)
			}
			text, err := fs.ReadFile(Files, name)
			if err != nil {
				t.Fatal(err)
			}
			followHeader(t, p, string(text))
		})
	}
}

// followHeader reads the command line in the comment at the top of a pipeline file.
func followHeader(t *testing.T, p *topology.Pipeline, text string) {
	header, _, _ := strings.Cut(text, "apiVersion:")
	words := strings.Fields(strings.NewReplacer("#", " ", "\\", " ").Replace(header))
	streams := map[string]bool{}
	for _, s := range p.Streams {
		streams[s.Name] = true
	}
	fed := 0
	for i, word := range words[:max(len(words)-1, 0)] {
		stream, file, ok := strings.Cut(words[i+1], "=")
		switch word {
		case "--feed":
			fed++
			if _, err := os.Stat(filepath.Join("..", file)); err != nil || !ok || !streams[stream] {
				t.Errorf("--feed %s: stream %q, file %v", words[i+1], stream, err)
			}
		case "--out":
			if !ok || !streams[stream] {
				t.Errorf("--out %s: no such stream", words[i+1])
			}
		}
	}
	if fed == 0 {
		t.Error("the header has no command that runs the pipeline")
	}
}
