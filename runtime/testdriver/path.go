package testdriver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/document"
)

// pathsMax is of how many events a failure shows the path.
const pathsMax = 5

// Path is what became of one given event.
type Path struct {
	Stream string // that it was given to
	Number int    // among the events of the test, from 1
	Line   int    // in the file
	Event  string // as the test gives it, on one line
	Steps  []Step // in the order of the graph
}

// Step is what one operator decided about an event.
type Step struct {
	Operator string   `json:"operator"`
	Type     string   `json:"type"`
	Decision string   `json:"decision"` // where it went: streams, dropped, or rejected and why
	Because  []string `json:"because"`  // the fields that its expressions read, with their values
}

// path collects what the operators have decided about a given event and its copies.
func (j *judgement) path(given int) Path {
	g := &j.test.Given[given]
	p := Path{Stream: g.Stream.Name, Number: given + 1, Line: g.Node.Line, Event: j.shown(given)}
	visits := j.trail()
	for i := range visits {
		if v := &visits[i]; v.record.given == given {
			p.Steps = append(p.Steps, j.step(v))
		}
	}
	return p
}

func (j *judgement) step(v *visit) Step {
	s := Step{Operator: v.operator.Name, Type: v.operator.Type, Because: []string{}}
	var to []string
	for _, stream := range v.streams() {
		to = append(to, stream.Name)
	}
	switch {
	case errors.Is(v.err, stage.ErrDeadLetter):
		s.Decision = "rejected, as the file says"
	case v.err != nil:
		s.Decision = "rejected: " + v.err.Error()
	case len(to) == 0:
		s.Decision = "dropped"
	default:
		s.Decision = "→ " + strings.Join(to, ", ")
	}
	if len(v.operator.To) > 1 && v.err == nil && v.operator.Type != "copier" {
		for i, port := range v.operator.To {
			if v.ports.Has(i) && port.Label != "" {
				s.Decision += " (" + port.Label + ")"
			}
		}
	}
	value := j.form(v.operator.From[0]).value(v.record.value)
	for _, path := range v.operator.Reads {
		if field := value.at(path); field != nil {
			s.Because = append(s.Because, "value."+path+" = "+field.String())
		}
	}
	return s
}

// shown is a given event on one line.
func (j *judgement) shown(given int) string { return Inline(j.test.Given[given].Node) }

// Inline writes a node of a test on one line, as YAML does in braces.
func Inline(n *document.Node) string {
	switch n.Kind {
	case document.Null:
		return "null"
	case document.Scalar:
		if n.Quoted {
			return quote(n.Value)
		}
		return n.Value
	}
	var parts []string
	for _, p := range n.Pairs {
		parts = append(parts, p.Key.Value+": "+Inline(p.Value))
	}
	for _, item := range n.Items {
		parts = append(parts, Inline(item))
	}
	if n.Kind == document.List {
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// doubts are the fields that operators have read although neither the test nor the schema gives them a value.
func (d *Driver) doubts(test *topology.Test, visits []visit) []string {
	type doubt struct{ operator, path string }
	first, times := map[doubt]int{}, map[doubt]int{}
	var found []doubt
	for i := range visits {
		v := &visits[i]
		for _, path := range v.operator.Reads {
			if !touches(test.Given[v.record.given].Unsaid, path) {
				continue
			}
			at := doubt{v.operator.Name, path}
			if times[at] == 0 {
				found, first[at] = append(found, at), v.record.given
			}
			times[at]++
		}
	}
	var notes []string
	for _, at := range found {
		g := &test.Given[first[at]]
		value := d.form(g.Stream).value(g.Value).at(at.path)
		notes = append(notes, fmt.Sprintf("%s reads value.%s, which line %d does not give: it is %s there", at.operator, at.path, g.Node.Line, value))
	}
	return notes
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
