// Package document reads the YAML of a pipeline file into nodes that know their place. It collects every mistake of the YAML itself:
// duplicate keys, aliases that explode, tags, a second document.
package document

import (
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// Kind is what a Node is.
type Kind uint8

// A node is nothing (`key:`), a single value, a list or a map.
const (
	Null Kind = iota
	Scalar
	List
	Map
)

func (k Kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a map"}[k]
}

// Node is one value of a document, with aliases followed. Nodes are read-only.
type Node struct {
	Kind  Kind
	Value string // of a scalar: its text, unquoted
	// Quoted is true for a scalar in quotes or a block: it is text, whatever it looks like.
	Quoted bool
	// Broken is true where a problem was reported of the node itself: what it should have been is unknown.
	Broken bool
	// Partial is true for a map with an entry that is not known: a merge key (<<), or a key that is no name, which is reported.
	Partial bool
	Items   []*Node // of a list
	Pairs   []Pair  // of a map, in the order of the file, each key once
	Line    int
	Column  int

	form      form
	decorated bool // an anchor or a tag stands before it
	file      *File
}

// Pair is one entry of a map.
type Pair struct{ Key, Value *Node }

// form is how a scalar is written.
type form uint8

const (
	plain form = iota
	single
	double
	literal
	folded
)

// Get gives the value of a key and the key itself; nil where the map has none of that name.
func (n *Node) Get(name string) (key, value *Node) {
	for _, p := range n.Pairs {
		if p.Key.Value == name {
			return p.Key, p.Value
		}
	}
	return nil, nil
}

// width is how many characters the marker under n spans; 1 where n is written with escapes or on several lines.
func (n *Node) width() int {
	if n.Kind != Scalar || n.form >= double {
		return 1
	}
	width := utf8.RuneCountInString(n.Value)
	if n.form == single {
		width += 2
	}
	return max(width, 1)
}

// Problem is a problem that points at n.
func (n *Node) Problem(code, what, remedy string) diagnostic.Problem {
	line, column := n.start()
	return n.file.at(line, column, n.width(), code, what, remedy)
}

// ProblemIn is a problem that points into the text of a scalar: at the byte offset of Value, width characters wide.
func (n *Node) ProblemIn(offset, width int, code, what, remedy string) diagnostic.Problem {
	line, column := n.Position(offset)
	return n.file.at(line, column, width, code, what, remedy)
}
