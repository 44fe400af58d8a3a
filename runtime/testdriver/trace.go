package testdriver

import (
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// visit is one given event, or a copy of it, at one operator.
type visit struct {
	given int
	*trace.Step
}

// trace tells what the operators have decided about each given event. They decide by the event alone, so that a trace tells what
// they did in the run.
func (d *Driver) trace(test *topology.Test, o *outcome) []visit {
	var all []visit
	for i, r := range o.given {
		for _, step := range d.tracer.Event(test.Given[i].Stream, r.Meta, r.value).All() {
			all = append(all, visit{i, step})
		}
	}
	return all
}

// emits tells whether the event left for a stream.
func (v *visit) emits(s *topology.Stream) bool {
	for i := range v.Ways {
		if v.Ways[i].Port.Stream == s {
			return true
		}
	}
	return false
}

// left is the key with which the event left for a stream inside a worker.
func (v *visit) left(s *topology.Stream) []byte {
	for i := range v.Ways {
		if way := &v.Ways[i]; way.Port.Stream == s && way.Next != nil {
			return way.Next.Event.Key
		}
	}
	return v.Event.Key
}

// doubts are the fields that expressions have read although neither the test nor the schema gives them a value.
func (d *Driver) doubts(test *topology.Test, visits []visit) []string {
	type doubt struct{ operator, path string }
	seen := map[doubt]bool{}
	var notes []string
	for _, v := range visits {
		g := &test.Given[v.given]
		if len(g.Unsaid) == 0 {
			continue
		}
		for _, formula := range v.Formulas {
			for _, path := range fieldsOf(formula) {
				at := doubt{v.Operator.Name, path}
				if seen[at] || !touches(g.Unsaid, path) {
					continue
				}
				seen[at] = true
				value := d.form(g.Stream).value(g.Value).at(path)
				notes = append(notes, fmt.Sprintf("%s reads value.%s, which line %d does not give: it is %s there", at.operator, at.path, g.Node.Line, value))
			}
		}
	}
	return notes
}

// fieldsOf are the fields of value that were read to evaluate an expression.
func fieldsOf(x *expression.Explanation) []string {
	if x.Skipped {
		return nil
	}
	var all []string
	if path, is := strings.CutPrefix(x.Source, "value."); is && len(x.Parts) == 0 && !strings.ContainsAny(path, "( []") {
		all = append(all, path)
	}
	for _, part := range x.Parts {
		all = append(all, fieldsOf(part)...)
	}
	return all
}

// touches tells whether a path is one of those, a part of one or has one as its part.
func touches(paths []string, path string) bool {
	for _, p := range paths {
		if p == path || strings.HasPrefix(p, path+".") || strings.HasPrefix(path, p+".") {
			return true
		}
	}
	return false
}
