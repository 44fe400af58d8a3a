package stage_test

import (
	"fmt"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
)

// A chain of n operators that pass everything: the difference between two lengths is the cost of an operator.
func BenchmarkRunnerChain(b *testing.B) {
	for _, n := range []int{0, 1, 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := &stage.Program[int]{Sinks: 1, Inputs: []stage.Edge{{Kind: stage.ToNode}}}
			for i := range n {
				p.Nodes = append(p.Nodes, node(chooses(0), toNode(i+1)))
			}
			if n == 0 {
				p.Inputs[0] = toSink(0)
			} else {
				p.Nodes[n-1].Ports[0] = toSink(0)
			}
			benchmark(b, p)
		})
	}
}

// An event that leaves by every port, and one that leaves by one of 16.
func BenchmarkRunnerFan(b *testing.B) {
	for _, c := range []struct {
		name   string
		router stage.Router[int]
	}{
		{"copier-2", always(stage.FirstPorts(2))},
		{"copier-16", always(stage.FirstPorts(16))},
		{"splitter-16", stage.RouterFunc[int](func(e *stage.Event[int]) (stage.Ports, error) {
			return stage.Port(e.Value & 15), nil
		})},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := &stage.Program[int]{Sinks: 16, Inputs: []stage.Edge{toNode(0)}, Nodes: []stage.Node[int]{node(c.router)}}
			for i := range 16 {
				p.Nodes[0].Ports = append(p.Nodes[0].Ports, toSink(i))
			}
			benchmark(b, p)
		})
	}
}

func benchmark(b *testing.B, p *stage.Program[int]) {
	r := stage.NewRunner(p, make([]stage.Output, p.Sinks))
	e := &stage.Event[int]{}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i&1023 == 0 {
			r.Reset()
		}
		e.Value = i
		r.Route(0, int32(i&1023), e)
	}
}
