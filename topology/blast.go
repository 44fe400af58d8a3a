package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
	"github.com/anabranch-go/anabranch/topology/document"
)

// Blast is what new schemas of streams would break in a pipeline: their blast radius.
type Blast struct {
	Changes []Change // in the order of the file
	Broken  []Broken // by position
}

// Change is the new schema of one stream beside the old one.
type Change struct {
	Stream   string
	Old, New *schemas.Schema
	Mode     schemas.Mode // what the file demands of the two
	// Verdict has both directions, whatever Mode demands.
	Verdict schemas.Verdict
	// Mistaken is what the new schema reads, and takes one thing for another.
	Mistaken schemas.Incompatibilities
	// Untold is why records of both schemas cannot be in one topic, where they carry no schema id; else empty.
	Untold string
	// Carried are the streams to which the new schema passes on, since they declare none of their own.
	Carried []string
}

// OK tells whether the new schema keeps what is demanded of it.
func (c Change) OK() bool {
	backward := len(c.Verdict.Backward) == 0 || c.Mode != schemas.Backward && c.Mode != schemas.Full
	forward := len(c.Verdict.Forward) == 0 || c.Mode != schemas.Forward && c.Mode != schemas.Full
	return backward && forward && c.Untold == ""
}

// Broken is a problem that the pipeline has with the new schemas and not with the old ones.
type Broken struct {
	diagnostic.Problem
	Kind       string // expression, operator, stream or test
	Owner      string // the operator, stream or test in which it stands, as in "operator eligible"
	Expression string // the source of the expression; of no other kind
}

// OK tells whether nothing breaks.
func (b *Blast) OK() bool {
	broken := slices.ContainsFunc(b.Broken, func(p Broken) bool { return !p.Warning })
	return !broken && !slices.ContainsFunc(b.Changes, func(c Change) bool { return !c.OK() })
}

// BlastOf checks the text of a pipeline file with new schemas, by stream, and without. The error is diagnostic.Problems where it
// is wrong with the schemas that it has, or says which stream has no schema to replace.
func BlastOf(name string, text []byte, o Options, changed map[string]*schemas.Schema) (*Blast, error) {
	before, old := inspect(name, text, o)
	if before.Failed() {
		return nil, before
	}
	b := &Blast{}
	for stream := range changed {
		if err := old.replaceable(stream); err != nil {
			return nil, err
		}
	}
	for _, l := range old.streams {
		if schema := changed[l.name.text]; schema != nil {
			b.Changes = append(b.Changes, old.change(l, schema))
		}
	}
	o.Schemas = changed
	after, next := inspect(name, text, o)
	entries := next.entries()
	for _, p := range after {
		if !slices.Contains(before, p) {
			b.Broken = append(b.Broken, brokenAt(entries, p))
		}
	}
	return b, nil
}

// inspect gives all problems of a file, and its graph; nil where there is none.
func inspect(name string, text []byte, o Options) (diagnostic.Problems, *graph) {
	root, file, problems := document.Parse(name, text)
	r := &reader{file: file, options: o, problems: problems}
	if root == nil {
		return r.all(), nil
	}
	g := connect(r.read(root))
	tests := r.check(g).tests()
	if !r.problems.Failed() {
		r.compile(g, tests, name)
	}
	return r.all(), g
}

// replaceable refuses streams that have no schema of their own.
func (g *graph) replaceable(stream string) error {
	l := g.byName[stream]
	own := func(l *link) bool { return l.value.schema.given() }
	switch {
	case l == nil:
		return fmt.Errorf("no stream %s has a schema; %s", stream, suggest(stream, g.names(own), "streams with schemas"))
	case own(l):
		return nil
	case l.contract.source != nil && l.contract.value.Schema != nil:
		return fmt.Errorf("stream %s declares no schema: its type is that of stream %s", stream, l.contract.source.name.text)
	}
	return fmt.Errorf("stream %s declares no schema; %s", stream, suggest(stream, g.names(own), "streams with schemas"))
}

// change compares the schema of a stream with a new one.
func (g *graph) change(l *link, schema *schemas.Schema) Change {
	old := l.contract.value.Schema
	c := Change{Stream: l.name.text, Old: old, New: schema, Mode: l.value.compatibility, Mistaken: schemas.MistakenFor(schema, old)}
	c.Verdict = schemas.Verdict{Backward: schemas.Compatible(schema, old), Forward: schemas.Compatible(old, schema)}
	if l.contract.value.Framing == schemas.Bare && len(l.writers) == 0 {
		c.Untold = untold(old, schema)
	}
	seen := map[*link]bool{l: true}
	for todo := []*link{l}; len(todo) > 0; todo = todo[1:] {
		for _, reader := range todo[0].readers {
			for _, p := range reader.op.to {
				if to := g.byName[p.to.text]; !p.isWord() && !seen[to] && !to.value.schema.given() {
					seen[to] = true
					todo = append(todo, to)
					c.Carried = append(c.Carried, to.name.text)
				}
			}
		}
	}
	return c
}

// kindOfProblem is what a problem of a code is a problem of.
func kindOfProblem(code string) string {
	switch {
	case strings.HasPrefix(code, "A06"):
		return "expression"
	case strings.HasPrefix(code, "A10"):
		return "test"
	case strings.HasPrefix(code, "A05") && code != "A0503":
		return "stream"
	}
	return "operator"
}

// entry is a stream, an operator or a test of the file, or an expression in one.
type entry struct {
	owner, expression string
	node              *document.Node // where it begins
}

// entries are all entries, by position.
func (g *graph) entries() []entry {
	var all []entry
	add := func(owner string, name reference, formulas ...wanted) {
		all = append(all, entry{owner, "", name.node})
		for _, f := range formulas {
			all = append(all, entry{owner, f.source, f.node})
		}
	}
	for _, s := range g.spec.streams {
		add("stream "+s.name.text, s.name)
		if s.keyEquals.given() {
			all = append(all, entry{"stream " + s.name.text, s.keyEquals.source, s.keyEquals.node})
		}
	}
	for _, op := range g.spec.operators {
		add("operator "+op.name.text, op.name, op.formulas()...)
	}
	for _, t := range g.spec.tests {
		add("test "+t.name.text, t.name)
	}
	slices.SortStableFunc(all, func(a, b entry) int {
		return cmp.Or(a.node.Line-b.node.Line, a.node.Column-b.node.Column)
	})
	return all
}

// brokenAt finds the last entry that begins before a problem.
func brokenAt(entries []entry, p diagnostic.Problem) Broken {
	b := Broken{Problem: p, Kind: kindOfProblem(p.Code)}
	for _, e := range entries {
		if e.node.Line > p.Line || e.node.Line == p.Line && e.node.Column > p.Column {
			break
		}
		b.Owner = e.owner
		if b.Kind == "expression" {
			b.Expression = e.expression
		}
	}
	return b
}
