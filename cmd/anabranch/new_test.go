package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/testdriver"
	"github.com/anabranch-go/anabranch/topology"
)

// TestEveryPatternHolds writes each pattern, and wants no warning of it and its tests to hold.
func TestEveryPatternHolds(t *testing.T) {
	names, err := patterns()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			if err := writePattern(io.Discard, name, dir); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, name+".yaml")
			p, err := topology.Load(file, topology.Options{Partitioner: client.Partition})
			if err != nil || len(p.Warnings) > 0 {
				t.Fatalf("%v %v", err, p.Warnings)
			}
			if len(p.Tests) == 0 {
				t.Error("it has no tests")
			}
			d := testdriver.New(p)
			for i := range p.Tests {
				if r := d.Run(&p.Tests[i], testdriver.Seeds(3)); !r.OK() {
					t.Errorf("%s: %+v", p.Tests[i].Name, r.Failures)
				}
			}
			text, err := os.ReadFile(file)
			if err != nil || strings.Contains(string(text), "../") || strings.Contains(string(text), "pipelines/") {
				t.Errorf("it names places that are not there (%v):\n%s", err, text)
			}
		})
	}
}
