package pipelines

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/draw"
)

var update = flag.Bool("update", false, "draw the pictures anew; look at each before it is committed")

// TestEveryPipelineHasItsPicture wants each picture to be what graph draws, and README.md to show it.
func TestEveryPipelineHasItsPicture(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		p, err := topology.Load(name, topology.Options{})
		if err != nil {
			t.Fatal(err)
		}
		drawn, path := draw.SVG(p), "../docs/pictures/"+strings.TrimSuffix(name, ".yaml")+".svg"
		if *update {
			if err := os.WriteFile(path, []byte(drawn), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != drawn {
			t.Errorf("%s is not what graph draws of %s: %v; go test ./pipelines -update", path, name, err)
		}
		for _, link := range []string{"](" + path + ")", "](" + name + ")"} {
			if !strings.Contains(string(readme), link) {
				t.Errorf("README.md lacks %s", link)
			}
		}
	}
	kept, err := filepath.Glob("../docs/pictures/*.svg")
	if err != nil || len(kept) != len(files) {
		t.Errorf("%d pictures of %d pipelines, %v", len(kept), len(files), err)
	}
}
