package testdriver

import (
	"strings"

	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/topology/document"
)

// Path is what became of one given event.
type Path struct {
	Stream string        // that it was given to
	Number int           // among the events of the test, from 1
	Line   int           // in the file
	Event  string        // as the test gives it, on one line
	Steps  []*trace.Step // in the order of the graph
}

// path collects what the operators have decided about a given event and its copies.
func (j *judgement) path(given int) Path {
	g := &j.test.Given[given]
	p := Path{Stream: g.Stream.Name, Number: given + 1, Line: g.Node.Line, Event: j.shown(given)}
	for _, v := range j.trail() {
		if v.given == given {
			p.Steps = append(p.Steps, v.Step)
		}
	}
	return p
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
