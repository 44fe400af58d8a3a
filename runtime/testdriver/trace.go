package testdriver

import (
	"bytes"
	"errors"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// visit is one event at one operator.
type visit struct {
	operator *topology.Operator
	record   *record // what the sub-topology read
	entered  []byte  // the event's key as it came in
	left     []byte  // as it went out
	ports    stage.Ports
	err      error // why the operator rejected it; then no port counts
}

// wordDeadLetter is the Port.Word that rejects.
const wordDeadLetter = "dead_letter"

func (v *visit) dropped() bool { return v.err == nil && len(v.streams()) == 0 }

// streams are where the event went.
func (v *visit) streams() []*topology.Stream {
	var all []*topology.Stream
	for i, port := range v.operator.To {
		if v.err == nil && v.ports.Has(i) && port.Stream != nil {
			all = append(all, port.Stream)
		}
	}
	return all
}

// tracer carries events through the program of a sub-topology and notes what each operator decides. Operators are pure, so that
// they decide as they did in the run.
type tracer struct {
	sub    *topology.Sub
	runner *stage.Runner[stage.Row]
	event  stage.Event[stage.Row]
	record *record
	visits []visit
}

func newTracer(sub *topology.Sub, layout topics.Layout) *tracer {
	t := &tracer{sub: sub}
	program := *sub.Program
	program.Nodes = make([]stage.Node[stage.Row], len(sub.Program.Nodes))
	for i, node := range sub.Program.Nodes {
		if node.Shard != nil {
			node.Shard = t.shard(sub.Operators[i], node.Shard)
		} else {
			node.Router = &traced{t, sub.Operators[i], node.Router}
		}
		program.Nodes[i] = node
	}
	t.runner = stage.NewRunner(&program, runtime.Outputs(sub, layout, 0))
	return t
}

// errBroke stands for a panic of an operator until its outcome is known.
var errBroke = errors.New("the operator's code panicked")

// enter notes that the event at hand has reached an operator, and gives the visit to fill in.
func (t *tracer) enter(operator *topology.Operator, key []byte) *visit {
	own := bytes.Clone(key)
	t.visits = append(t.visits, visit{operator: operator, record: t.record, entered: own, left: own, err: errBroke})
	return &t.visits[len(t.visits)-1]
}

// traced is a router whose decisions are noted.
type traced struct {
	tracer   *tracer
	operator *topology.Operator
	router   stage.Router[stage.Row]
}

func (r *traced) Route(e *stage.Event[stage.Row]) (stage.Ports, error) {
	v := r.tracer.enter(r.operator, e.Key)
	v.ports, v.err = r.router.Route(e)
	ports, err := v.ports, v.err
	for i, port := range r.operator.To {
		if err == nil && ports.Has(i) && port.Stream == nil && port.Word == wordDeadLetter {
			v.err = stage.ErrDeadLetter
		}
	}
	return ports, err
}

// shard gives s with its decisions noted.
func (t *tracer) shard(operator *topology.Operator, s *stage.Shard[stage.Row]) *stage.Shard[stage.Row] {
	noted := *s
	noted.Key = func(e *stage.Event[stage.Row], buf []byte) ([]byte, error) {
		v := t.enter(operator, e.Key)
		keys, err := s.Key(e, buf)
		v.ports, v.err = stage.Port(0), err
		if err == nil && s.Rekey {
			v.left = append([]byte{}, keys[len(buf):]...)
		}
		return keys, err
	}
	if s.Port != nil {
		noted.Port = func(key []byte) int {
			port := s.Port(key)
			t.visits[len(t.visits)-1].ports = stage.Port(port)
			return port
		}
	}
	return &noted
}

// trace carries every record that a sub-topology has read in a run.
func (d *Driver) trace(c cluster) []visit {
	var all []visit
	for _, t := range d.tracers {
		t.visits = t.visits[:0]
		for i, in := range t.sub.Inputs {
			for _, r := range c.all(in.Topics...) {
				t.carry(i, r)
			}
		}
		all = append(all, t.visits...)
	}
	return all
}

func (t *tracer) carry(input int, r *record) {
	t.record, t.event.Meta = r, r.Meta
	if t.sub.Projection != nil {
		t.sub.Projection.Read(r.value, &t.event.Value)
	}
	t.runner.Reset()
	t.runner.Route(input, 0, &t.event)
}
