package trace

import (
	"bytes"
	"slices"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/expression"
)

type (
	event = stage.Event[stage.Row]
	// explain tells what became of one expression.
	explain = func(*event) *expression.Explanation
)

// recorder is a sub-topology whose operators note what they do.
type recorder struct {
	sub     *topology.Sub
	program *stage.Program[stage.Row]
	explain [][]explain // by node
	runner  *stage.Runner[stage.Row]
	visits  []*visit
}

// visit is one operator at work on the event.
type visit struct {
	node     int32
	event    stage.Meta
	formulas []*expression.Explanation
	key      []byte
	ports    stage.Ports
	dead     int // how many rejections there were before
}

func newRecorder(sub *topology.Sub) *recorder {
	r := &recorder{sub: sub, program: &stage.Program[stage.Row]{Inputs: sub.Program.Inputs, Sinks: sub.Program.Sinks}}
	for i, node := range runtime.Alone(sub).Nodes {
		var all []explain
		for _, formula := range sub.Operators[i].Formulas {
			if sub.Projection == nil {
				all = append(all, formula.Explain(nil))
				continue
			}
			all = append(all, formula.Explain(sub.Projection))
		}
		r.explain = append(r.explain, all)
		r.program.Nodes = append(r.program.Nodes, r.watch(int32(i), node))
	}
	return r
}

// watch makes a node note what it does, and do it.
func (r *recorder) watch(i int32, node stage.Node[stage.Row]) stage.Node[stage.Row] {
	if node.Shard != nil {
		node.Shard = r.watchShard(i, *node.Shard)
		return node
	}
	route := node.Router.Route
	node.Router = stage.RouterFunc[stage.Row](func(e *event) (stage.Ports, error) {
		v := r.enter(i, e)
		ports, err := route(e)
		v.ports = ports
		return ports, err
	})
	return node
}

func (r *recorder) watchShard(i int32, shard stage.Shard[stage.Row]) *stage.Shard[stage.Row] {
	key, port := shard.Key, shard.Port
	shard.Key = func(e *event, buf []byte) ([]byte, error) {
		v := r.enter(i, e)
		out, err := key(e, buf)
		if err == nil {
			v.key, v.ports = bytes.Clone(out[len(buf):]), stage.Port(0)
		}
		return out, err
	}
	if port != nil {
		shard.Port = func(key []byte) int {
			n := port(key)
			r.visits[len(r.visits)-1].ports = stage.Port(n)
			return n
		}
	}
	return &shard
}

// enter notes that the event comes to node i.
func (r *recorder) enter(i int32, e *event) *visit {
	v := &visit{node: i, event: e.Meta, dead: len(r.runner.Rejected)}
	v.event.Key = bytes.Clone(e.Key)
	v.formulas = r.formulas(i, e)
	r.visits = append(r.visits, v)
	return v
}

// formulas explains the expressions of node i, up to the one that decides.
func (r *recorder) formulas(i int32, e *event) []*expression.Explanation {
	var all []*expression.Explanation
	decided := false
	for n, explain := range r.explain[i] {
		if decided {
			all = append(all, &expression.Explanation{Source: r.sub.Operators[i].Expressions[n], Skipped: true})
			continue
		}
		x := explain(e)
		all = append(all, x)
		decided = x.Err != nil || r.sub.Operators[i].Type == "splitter" && x.Value == true
	}
	return all
}

// run carries e through the program, and forgets what came before.
func (r *recorder) run(input int, e *event, outputs []stage.Output) {
	r.visits, r.runner = nil, stage.NewRunner(r.program, outputs)
	r.runner.Route(input, 0, e)
}

// rejection is what visit n was rejected for, nil where it was not.
func (r *recorder) rejection(n int) *stage.Rejected {
	before, after := r.visits[n].dead, len(r.runner.Rejected)
	if n+1 < len(r.visits) {
		after = r.visits[n+1].dead
	}
	if before == after {
		return nil
	}
	return &r.runner.Rejected[before]
}

// input is the number of the input of sub that is stream, -1 where it is none.
func input(sub *topology.Sub, stream *topology.Stream) int { return slices.Index(sub.Inputs, stream) }
