package topology

import (
	"fmt"
	"maps"
	"slices"

	"github.com/anabranch-go/anabranch/schemas"
)

// compile turns a graph without mistakes into a Pipeline: it cuts at the topics, and fuses each piece into one program.
func (r *reader) compile(g *graph, tests []Test, name string) *Pipeline {
	p := &Pipeline{Name: g.spec.name.text, File: name, Kafka: g.spec.kafka, OnError: g.spec.onError.OnError}
	streams := map[string]*Stream{}
	for _, l := range g.streams {
		s := result(l)
		streams[s.Name] = s
		p.Streams = append(p.Streams, s)
	}
	operators, byName := map[*operatorSpec]*Operator{}, map[string]*Operator{}
	for _, spec := range g.spec.operators {
		op := operator(spec, streams)
		operators[spec], byName[op.Name] = op, op
		p.Operators = append(p.Operators, op)
	}
	p.Tests = bind(tests, streams, byName)
	pieces := g.cut()
	r.checkPieces(g, pieces)
	if r.problems.Failed() {
		return p
	}
	for _, piece := range inOrder(pieces) {
		p.Subs = append(p.Subs, r.sub(piece, streams, operators))
	}
	return p
}

func result(l *link) *Stream {
	s := &Stream{
		Name: l.name.text, Managed: l.managed, Partitions: l.partitions, Config: maps.Clone(l.config),
		Value: l.contract.value, Key: Format{Name: l.contract.key}, KeyEquals: l.keyEquals.source, Contract: l.edge,
	}
	for _, t := range l.topics {
		s.Topics = append(s.Topics, t.text)
	}
	if l.start != nil {
		s.Start = *l.start
	}
	return s
}

func operator(spec *operatorSpec, streams map[string]*Stream) *Operator {
	op := &Operator{Name: spec.name.text, Type: spec.typ, Line: spec.name.node.Line, Settings: settings(spec)}
	for _, name := range spec.from {
		s := streams[name.text]
		s.Reader = op
		op.From = append(op.From, s)
	}
	for _, p := range spec.to {
		port := Port{Label: p.label}
		if p.isWord() {
			port.Word = p.to.text
		} else {
			port.Stream = streams[p.to.text]
			port.Stream.Writer = op
		}
		op.To = append(op.To, port)
	}
	for _, w := range spec.formulas() {
		op.Expressions, op.Formulas = append(op.Expressions, w.source), append(op.Formulas, w.expr)
	}
	return op
}

// sub builds the program of one piece and the projection that feeds it.
func (r *reader) sub(p *pieceOf, streams map[string]*Stream, operators map[*operatorSpec]*Operator) *Sub {
	sub := &Sub{Name: p.name}
	for _, l := range p.inputs {
		sub.Inputs = append(sub.Inputs, streams[l.name.text])
	}
	for _, l := range p.sinks {
		sub.Sinks = append(sub.Sinks, streams[l.name.text])
	}
	for _, op := range p.operators {
		sub.Operators = append(sub.Operators, operators[op])
	}
	r.project(sub, p)
	program, err := build(p, layoutOf(sub.Projection), r.options.Partitioner)
	if err != nil {
		r.report(p.operators[0].name.node.Problem("A0801", fmt.Sprintf("sub-topology %s: %v", p.name, err), ""))
	}
	sub.Program = program
	for i, op := range p.operators {
		if op.order != nil {
			sub.Ordering = op.order.ordering(i, layoutOf(sub.Projection))
		}
	}
	return sub
}

// project collects the fields that all expressions of a piece read. All its streams have one type, since operators keep types.
func (r *reader) project(sub *Sub, p *pieceOf) {
	paths := map[string]bool{}
	for _, op := range p.operators {
		for _, w := range op.formulas() {
			for _, path := range w.expr.Paths() {
				paths[path] = true
			}
			sub.Headers = sub.Headers || w.expr.Headers()
		}
	}
	if len(paths) == 0 {
		return
	}
	projection, err := p.inputs[0].contract.value.Projection(slices.Sorted(maps.Keys(paths)))
	if err != nil {
		r.report(p.operators[0].name.node.Problem("A0801", fmt.Sprintf("sub-topology %s: %v", p.name, err), ""))
		return
	}
	sub.Projection = projection
}

// layout is where expressions find fields: a projection, or nowhere.
type layout interface{ Slot(path string) int }

type noFields struct{}

func (noFields) Slot(string) int { return -1 }

func layoutOf(p *schemas.Projection) layout {
	if p == nil {
		return noFields{}
	}
	return p
}
