package testdriver

import (
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// Coverage is how many events of tests left each operator by each way.
type Coverage struct{ ways []Way }

// Ways are the ways out of the operators, in the order of the file. The rejection of an operator behind another one that reads the
// event is among them only where a test has brought it about: a broken record is rejected by the first.
func (c *Coverage) Ways() []Way {
	return slices.DeleteFunc(slices.Clone(c.ways), func(w Way) bool { return w.rare && w.Events == 0 })
}

// Way is one way out of an operator: a port, or to be dropped or rejected.
type Way struct {
	Operator string `json:"operator"`
	Type     string `json:"type"`
	// Way is the port: its label, or its stream where the label is empty; dropped or rejected where it is no port.
	Way    string `json:"way"`
	To     string `json:"to"` // a stream, drop or dead_letter
	Events int    `json:"events"`
	// Never says that no test takes this way; empty where one does.
	Never string `json:"never,omitempty"`

	of   *topology.Operator
	port int
	rare bool
}

// The ways that are no ports of the file.
const (
	wayDropped  = -1
	wayRejected = -2
)

func newCoverage(p *topology.Pipeline) *Coverage {
	c := &Coverage{}
	for _, op := range p.Operators {
		for i, port := range op.To {
			w := Way{Operator: op.Name, Type: op.Type, Way: port.Label, To: port.Word, of: op, port: i}
			if port.Stream != nil {
				w.To = port.Stream.Name
			}
			if w.Way == "" {
				w.Way = w.To
			}
			w.Never = fmt.Sprintf("no test sends anything to `%s` of %s", w.Way, op.Name)
			if len(op.To) == 1 {
				w.Never = fmt.Sprintf("no test sends anything through %s", op.Name)
			}
			c.ways = append(c.ways, w)
		}
		if op.Type == "filter" || beats(p, op) {
			c.ways = append(c.ways, Way{Operator: op.Name, Type: op.Type, Way: "dropped", To: "drop", of: op, port: wayDropped,
				Never: fmt.Sprintf("no test makes %s drop an event", op.Name)})
		}
		if len(op.Expressions) > 0 {
			c.ways = append(c.ways, Way{Operator: op.Name, Type: op.Type, Way: "rejected", To: wordDeadLetter, of: op, port: wayRejected, rare: !rejects(op),
				Never: fmt.Sprintf("no test makes %s reject an event, such as {$raw: AAEC}", op.Name)})
		}
	}
	return c
}

// rejects tells whether events are known that the operator itself rejects: those that cannot be read, where nobody before it reads
// them, and those whose key may be null.
func rejects(op *topology.Operator) bool {
	for _, f := range op.Formulas {
		if f.Type().Nullable && op.Type != "filter" {
			return true
		}
	}
	return readsValue(op) && !behindReader(op)
}

// beats tells whether op is an ordered merger that drops heartbeats.
func beats(p *topology.Pipeline, op *topology.Operator) bool {
	return slices.ContainsFunc(p.Subs, func(s *topology.Sub) bool {
		return s.Ordering != nil && s.Ordering.Heartbeat != nil && s.Operators[s.Ordering.Node] == op
	})
}

func readsValue(op *topology.Operator) bool {
	return slices.ContainsFunc(op.Formulas, func(f *expression.Expression) bool { return len(f.Paths()) > 0 })
}

// behindReader tells whether an operator upstream of op reads values.
func behindReader(op *topology.Operator) bool {
	for _, in := range op.From {
		if in.Writer != nil && (readsValue(in.Writer) || behindReader(in.Writer)) {
			return true
		}
	}
	return false
}

func (c *Coverage) add(visits []visit) {
	for i := range visits {
		v := &visits[i]
		for k := range c.ways {
			w := &c.ways[k]
			if w.of == v.Operator && w.taken(v) {
				w.Events++
				w.Never = ""
			}
		}
	}
}

func (w *Way) taken(v *visit) bool {
	byFile := v.Code == deadletter.ByFile || v.Code == deadletter.Late || v.Code == deadletter.Ahead
	switch {
	case w.port == wayDropped:
		return v.Rejected == nil && len(v.Ways) == 0
	case w.port == wayRejected:
		return v.Rejected != nil && !byFile
	case w.of.To[w.port].Word == wordDeadLetter:
		return byFile
	}
	return slices.ContainsFunc(v.Ways, func(way trace.Way) bool { return way.Port == w.of.To[w.port] })
}
