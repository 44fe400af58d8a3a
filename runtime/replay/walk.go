package replay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// walk carries letters through today's pipeline, from the operators that rejected them.
type walk struct {
	pipeline *topology.Pipeline
	layout   topics.Layout
	doors    map[string]door // by operator
	runners  map[task]*stage.Runner[stage.Row]
	event    stage.Event[stage.Row]
}

// door is where the letters of an operator enter.
type door struct {
	sub       *topology.Sub
	node      int32
	firstSink int // the number of the sub-topology's first sink among those of all
}

type task struct {
	sub    *topology.Sub
	number int32
}

func newWalk(p *topology.Pipeline, layout topics.Layout) *walk {
	w := &walk{pipeline: p, layout: layout, doors: map[string]door{}, runners: map[task]*stage.Runner[stage.Row]{}}
	sinks := 0
	for _, sub := range p.Subs {
		for node, op := range sub.Operators {
			w.doors[op.Name] = door{sub, int32(node), sinks}
		}
		sinks += len(sub.Sinks)
	}
	return w
}

// sinks are the topics of all sinks, those of each sub-topology in turn.
func (w *walk) sinks() []string {
	var all []string
	for _, sub := range w.pipeline.Subs {
		for _, sink := range sub.Sinks {
			all = append(all, sink.Topic())
		}
	}
	return all
}

// way is what becomes of one letter. It is valid until the next one.
type way struct {
	door
	picks    [][]stage.Pick // by sink of the sub-topology
	rejected []stage.Rejected
}

// carry carries the event of l, which now is m with value. The error says why the letter cannot enter.
func (w *walk) carry(l *deadletter.Letter, m *stage.Meta, value []byte) (way, error) {
	d, ok := w.doors[l.Operator]
	if !ok {
		return way{}, fmt.Errorf("the file has no operator %q; it has %s", l.Operator, w.operators())
	}
	kept, err := d.streams(l.Streams)
	if err != nil {
		return way{}, err
	}
	w.event.Meta = *m
	if projection := d.sub.Projection; projection != nil {
		w.event.Value.Slots = slices.Grow(w.event.Value.Slots[:0], projection.Len())[:projection.Len()]
		projection.Read(value, &w.event.Value)
	}
	r := w.runner(d.sub, m.Origin.Partition)
	r.Reset()
	if err := r.Enter(d.node, 0, &w.event); err != nil {
		return way{}, err
	}
	out := way{door: d, picks: r.Picks, rejected: r.Rejected}
	if kept != nil {
		out.restrict(kept)
	}
	return out, nil
}

func (w *walk) runner(sub *topology.Sub, number int32) *stage.Runner[stage.Row] {
	at := task{sub, number}
	if w.runners[at] == nil {
		w.runners[at] = stage.NewRunner(runtime.Alone(sub), runtime.Outputs(sub, w.layout, number))
	}
	return w.runners[at]
}

func (w *walk) operators() string {
	var names []string
	for _, op := range w.pipeline.Operators {
		names = append(names, op.Name)
	}
	return strings.Join(names, ", ")
}

// streams gives which sinks have the names; nil, which is all, for no names.
func (d door) streams(names []string) ([]bool, error) {
	if len(names) == 0 {
		return nil, nil
	}
	kept := make([]bool, len(d.sub.Sinks))
	for _, name := range names {
		i := slices.IndexFunc(d.sub.Sinks, func(s *topology.Stream) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("the broker refused it for stream %s, which sub-topology %s no longer writes", name, d.sub.Name)
		}
		kept[i] = true
	}
	return kept, nil
}

// restrict leaves only the ways to the kept sinks: where else the operator sent the event, it has been.
func (w *way) restrict(kept []bool) {
	leads := make([]bool, len(w.sub.Program.Nodes))
	for changed := true; changed; {
		changed = false
		for n := range w.sub.Program.Nodes {
			for _, e := range w.sub.Program.Nodes[n].Ports {
				if !leads[n] && (e.Kind == stage.ToSink && kept[e.To] || e.Kind == stage.ToNode && leads[e.To]) {
					leads[n], changed = true, true
				}
			}
		}
	}
	picks := make([][]stage.Pick, len(w.picks))
	for sink := range w.picks {
		if kept[sink] {
			picks[sink] = w.picks[sink]
		}
	}
	w.picks = picks
	w.rejected = slices.DeleteFunc(slices.Clone(w.rejected), func(r stage.Rejected) bool { return !leads[r.Node] })
}
