package testdriver

import (
	"fmt"

	"github.com/anabranch-go/anabranch/topology"
)

// Coverage is how many events of tests left each operator by each way.
type Coverage struct{ Ways []Way }

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
			c.Ways = append(c.Ways, w)
		}
		if op.Type == "filter" {
			c.Ways = append(c.Ways, Way{Operator: op.Name, Type: op.Type, Way: "dropped", To: "drop", of: op, port: wayDropped,
				Never: fmt.Sprintf("no test makes %s drop an event", op.Name)})
		}
		if len(op.Expressions) > 0 {
			c.Ways = append(c.Ways, Way{Operator: op.Name, Type: op.Type, Way: "rejected", To: wordDeadLetter, of: op, port: wayRejected,
				Never: fmt.Sprintf("no test makes %s reject an event, such as {$raw: AAEC}", op.Name)})
		}
	}
	return c
}

func (c *Coverage) add(visits []visit) {
	for i := range visits {
		v := &visits[i]
		for k := range c.Ways {
			w := &c.Ways[k]
			if w.of == v.operator && w.taken(v) {
				w.Events++
				w.Never = ""
			}
		}
	}
}

func (w *Way) taken(v *visit) bool {
	switch w.port {
	case wayDropped:
		return v.err == nil && v.ports == 0
	case wayRejected:
		return v.err != nil && v.ports == 0
	}
	return v.ports.Has(w.port)
}

// Taken is how many of the ways some test takes.
func (c *Coverage) Taken() int {
	n := 0
	for i := range c.Ways {
		if c.Ways[i].Events > 0 {
			n++
		}
	}
	return n
}
