package pipelines

import (
	"io/fs"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/testdriver"
	"github.com/anabranch-go/anabranch/topology"
)

// TestTestsHold runs the tests of each file of this folder. Together they take every way out of every operator.
func TestTestsHold(t *testing.T) {
	files, err := fs.Glob(Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			p, err := topology.Load(name, topology.Options{Partitioner: client.Partition})
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Tests) < 2 {
				t.Errorf("%d tests; an example has several", len(p.Tests))
			}
			driver := testdriver.New(p)
			for i := range p.Tests {
				r := driver.Run(&p.Tests[i], testdriver.Seeds(testdriver.SeedsDefault))
				if !r.OK() || len(r.Notes) > 0 {
					t.Errorf("%s: %+v, notes %q", r.Test.Name, r.Failures, r.Notes)
				}
			}
			for _, w := range driver.Coverage().Ways() {
				if w.Never != "" {
					t.Error(w.Never)
				}
			}
		})
	}
}
