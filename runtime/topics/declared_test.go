package topics

import (
	"maps"
	"testing"

	"github.com/anabranch-go/anabranch/topology"
)

func TestDeclaredTakesWidthsFromInputs(t *testing.T) {
	p, err := topology.Parse("p.yaml", []byte(`
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in:    {topic: in, value: {format: bytes}, partitions: 6}
  odd:   {topic: odd, value: {format: bytes}}
  all:   {topic: all}
  some:  {topic: some, partitions: 2}
  again: {topic: again}
operators:
  both: {type: merger, from: [in, odd], to: all}
  copy: {type: copier, from: all, to: [some, again]}
on_error: {dead_letter: dlq}
`), topology.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := Layout{"in": 6, "odd": 1, "all": 6, "some": 2, "again": 6, "dlq": 6}
	if got := Declared(p, 1); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
