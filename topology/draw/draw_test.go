package draw

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/topology"
)

var update = flag.Bool("update", false, "write the .want files anew; look at each before it is committed")

// pictured are the pipelines whose pictures are kept.
var pictured = []string{"../../pipelines/signup.yaml", "../../pipelines/all-five.yaml", "testdata/cut.yaml", "testdata/names.yaml"}

func TestPictures(t *testing.T) {
	for _, file := range pictured {
		p, err := topology.Load(file, topology.Options{Env: func(string) (string, bool) { return "", false }})
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		text, err := JSON(p)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, name+".mermaid.want", Mermaid(p))
		compare(t, name+".dot.want", DOT(p))
		compare(t, name+".svg.want", SVG(p))
		compare(t, name+".json.want", string(text))
	}
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; look at it, then go test -update. Got:\n%s", name, got)
	}
}

// every is the example pipelines and those of testdata.
func every(t *testing.T) []string {
	t.Helper()
	examples, _ := filepath.Glob("../../pipelines/*.yaml")
	ours, _ := filepath.Glob("testdata/*.yaml")
	if len(examples) < 9 || len(ours) < 3 {
		t.Fatalf("%d examples, %d of ours", len(examples), len(ours))
	}
	return append(examples, ours...)
}

// TestSVGIsXML parses every picture, one with names that would break out of it included.
func TestSVGIsXML(t *testing.T) {
	for _, file := range every(t) {
		p, err := topology.Load(file, topology.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(strings.NewReader(SVG(p))); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
	}
}

// TestLabelsAreLegible: no label lies on another one, on an operator or on a topic.
func TestLabelsAreLegible(t *testing.T) {
	for _, file := range every(t) {
		p, err := topology.Load(file, topology.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := lay(p)
		all := append([]thing(nil), s.topics...)
		for _, f := range s.frames {
			all = append(all, f.things...)
			all = append(all, thing{title: "name of frame " + f.name, x: f.left + framePad, y: f.top + 18, width: textWidth(f.name, titleLetter), height: 12})
		}
		for _, c := range s.curves {
			to := c.points[c.at]
			for text, y := range map[string]float64{c.label.above: to[1] - 9, c.label.below: to[1] + 8.5} {
				if text != "" {
					width := textWidth(text, tinyLetter)
					all = append(all, thing{title: "label " + text, x: to[0] - labelEnd - width, y: y, width: width, height: 11})
				}
			}
		}
		apart(t, file, all)
	}
}

// TestBoxesDoNotOverlap looks at the layout of every picture: things keep apart, and operators stay in their frames.
func TestBoxesDoNotOverlap(t *testing.T) {
	for _, file := range every(t) {
		p, err := topology.Load(file, topology.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := lay(p)
		outside := append([]thing(nil), s.topics...)
		for _, f := range s.frames {
			apart(t, file, f.things)
			for _, in := range f.things {
				if in.x < f.left || in.x+in.width > f.left+f.width || in.y-in.height/2 < f.top || in.y+in.height/2 > f.top+f.height {
					t.Errorf("%s: %s is outside of its frame", file, in.title)
				}
			}
			outside = append(outside, thing{title: "frame " + f.name, x: f.left, y: f.top + f.height/2, width: f.width, height: f.height})
		}
		apart(t, file, outside)
	}
}

func apart(t *testing.T, file string, things []thing) {
	t.Helper()
	for i, a := range things {
		for _, b := range things[i+1:] {
			if a.x < b.x+b.width && b.x < a.x+a.width && a.y-a.height/2 < b.y+b.height/2 && b.y-b.height/2 < a.y+a.height/2 {
				t.Errorf("%s: %s and %s overlap", file, a.title, b.title)
			}
		}
	}
}
