package topology

import (
	"slices"

	"github.com/anabranch-go/anabranch/topology/document"
)

// The language is described once, in the grammars of language_*.go. The reader checks files against them, and the JSON Schema for
// editors and the reference documentation are made of them.

// grammar says which keys a map has: those that are built, and those of the language that are not in this version.
type grammar struct {
	what    string // a filter, a stream, …
	doc     string
	example string // of a whole entry
	fields  []field
	later   []string
	hints   map[string]string // key that people write → what to write
	nulls   []string          // keys that may be null
}

// field is one key of a map.
type field struct {
	name      string
	is        shape
	need      bool
	otherwise string // what holds where the key is absent
	doc       string
}

// shape says what a value may be.
type shape struct {
	form
	words, later []string // of a word: those of this version, and those of later ones
	low, high    int      // of a whole number
	of           *shape   // of the items of a list, or the values of a map
	grammar      *grammar // of a map with keys of the language
	or           *shape   // another that it may be
}

// form is the kind of a shape.
type form string

const (
	formText       form = "text"
	formName       form = "stream"
	formExpression form = "expression"
	formNumber     form = "whole number"
	formShare      form = "number from 0 to 1"
	formPercent    form = "number from 0 to 1, or a percentage"
	formPercentage form = "percentage"
	formDuration   form = "length of time"
	formBoolean    form = "true or false"
	formWord       form = "word"
	formList       form = "list"
	formMap        form = "map"
	formObject     form = "object"
	formAnything   form = "anything"
)

func simple(f form) shape                  { return shape{form: f} }
func words(words ...string) shape          { return shape{form: formWord, words: words} }
func (s shape) butLater(w ...string) shape { s.later = w; return s }
func number(low, high int) shape           { return shape{form: formNumber, low: low, high: high} }
func listOf(s shape) shape                 { return shape{form: formList, of: &s} }
func mapOf(s shape) shape                  { return shape{form: formMap, of: &s} }
func keysOf(g *grammar) shape              { return shape{form: formObject, grammar: g} }
func (s shape) orElse(other shape) shape   { s.or = &other; return s }
func (g *grammar) names() []string         { return namesOf(g.fields, func(field) bool { return true }) }
func (g *grammar) required() []string      { return namesOf(g.fields, func(f field) bool { return f.need }) }
func (g *grammar) field(name string) *field {
	i := slices.IndexFunc(g.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &g.fields[i]
}

func namesOf(fields []field, keep func(field) bool) []string {
	var names []string
	for _, f := range fields {
		if keep(f) {
			names = append(names, f.name)
		}
	}
	return names
}

// fits tells whether a node is of a kind that s can be.
func (s shape) fits(n *document.Node) bool {
	if s.or != nil && s.or.fits(n) {
		return true
	}
	switch s.form {
	case formList:
		return n.Kind == document.List
	case formMap, formObject:
		return n.Kind == document.Map
	case formAnything:
		return true
	}
	return n.Kind == document.Scalar
}
