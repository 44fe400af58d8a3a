package topology

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
	"github.com/anabranch-go/anabranch/topology/document"
)

// reader turns the nodes of a file into a spec, and collects every mistake on the way.
type reader struct {
	file     *document.File
	options  Options
	problems diagnostic.Problems
	omitted  int // problems beyond ProblemsMax
	// mistakes counts what is wrong so far, told here or found by document already: an operator is broken where it goes up.
	mistakes int
}

// ProblemsMax is how many problems of a file are told. A file with more is something else than a pipeline.
const ProblemsMax = 500

// full is true once so much is wrong that more would help nobody.
func (r *reader) full() bool { return len(r.problems) >= ProblemsMax }

func (r *reader) report(p diagnostic.Problem) {
	r.mistakes++
	if r.full() {
		r.omitted++
		return
	}
	r.problems = append(r.problems, p)
}

// wrong reports a mistake at a node. Of a node that document could not read, enough is said already.
func (r *reader) wrong(n *document.Node, code, what, remedy string) {
	if n.Broken {
		r.mistakes++
		return
	}
	r.report(n.Problem(code, what, remedy))
}

// object is a map whose keys were checked against a grammar.
type object struct {
	node    *document.Node
	grammar *grammar
	values  map[string]document.Pair
	// suspect is true where a key was unknown, so that what is missing may be a slip that is reported already.
	suspect bool
	broken  bool // not a map at all
}

// get gives the value of a key; nil where it is absent or empty.
func (o *object) get(key string) *document.Node {
	if v := o.values[key].Value; v != nil && v.Kind != document.Null {
		return v
	}
	return nil
}

// key gives the node of the key itself.
func (o *object) key(key string) *document.Node { return o.values[key].Key }

// object reads a map. A misspelt key is reported and then taken for what was meant.
func (r *reader) object(n *document.Node, g *grammar) *object {
	o := &object{node: n, grammar: g, values: map[string]document.Pair{}, suspect: n.Partial}
	if n.Kind != document.Map {
		o.broken = true
		r.wrong(n, "A0202", fmt.Sprintf("%s is a map, got %s", g.what, describe(n)), "its keys are "+among(g.names()))
		return o
	}
	var unknown []document.Pair
	for _, p := range n.Pairs {
		switch name := p.Key.Value; {
		case g.field(name) != nil:
			o.values[name] = p
		case contains(g.later, name):
			r.wrong(p.Key, "A0204", fmt.Sprintf("`%s` of %s is not in this version", name, g.what), "leave it out")
			o.suspect = true
		default:
			unknown = append(unknown, p)
		}
	}
	for _, p := range unknown {
		r.unknownKey(o, g, p)
	}
	r.missing(o, g)
	return o
}

// unknownKey reports a key that the grammar does not have; where it is near one that is absent, the value is kept under that.
func (r *reader) unknownKey(o *object, g *grammar, p document.Pair) {
	name := p.Key.Value
	meant := g.hints[name]
	if meant == "" && !r.full() {
		meant = nearest(name, slices.Concat(g.names(), g.later, slices.Sorted(maps.Keys(g.hints))))
		if hint, ok := g.hints[meant]; ok {
			meant = hint
		}
	}
	remedy := "its keys are " + among(g.names())
	if p.Value.Kind == document.Null && strings.ContainsAny(name, "()[]\"'=<>&|") {
		remedy = "put the text before it in quotes: YAML ends it at the comma"
	}
	if meant != "" {
		remedy = fmt.Sprintf("did you mean `%s`?", meant)
		if contains(g.later, meant) {
			remedy = fmt.Sprintf("it would be `%s`, which is not in this version; leave it out", meant)
		}
		if name == "on" || name == "On" || name == "ON" {
			remedy = fmt.Sprintf("say `%s`: `on` is a boolean to many YAML readers", meant)
		}
	}
	if f := g.field(meant); f != nil && o.values[meant].Key == nil && (p.Value.Kind == document.Null || f.is.fits(p.Value)) {
		o.values[meant] = p
	} else {
		o.suspect = true
	}
	r.wrong(p.Key, "A0203", fmt.Sprintf("%s has no key `%s`", g.what, name), remedy)
}

// missing reports required keys that are absent or empty.
func (r *reader) missing(o *object, g *grammar) {
	for _, key := range g.required() {
		switch p, there := o.values[key]; {
		case there && p.Value.Broken:
		case there && p.Value.Kind == document.Null:
			r.wrong(p.Key, "A0205", fmt.Sprintf("`%s` is empty", key), "give it a value or take it away")
		case !there && r.file.Lost(key, o.node.Line, lastLine(o.node)+1):
			r.mistakes++
		case !there && !o.suspect:
			r.wrong(o.node, "A0206", fmt.Sprintf("%s has no `%s`", g.what, key), fmt.Sprintf("add `%s:`", key))
		}
	}
	for _, p := range o.node.Pairs {
		if _, there := o.values[p.Key.Value]; there && p.Value.Kind == document.Null && !p.Value.Broken && !contains(g.required(), p.Key.Value) && !contains(g.nulls, p.Key.Value) {
			r.wrong(p.Key, "A0205", fmt.Sprintf("`%s` is empty", p.Key.Value), "give it a value or take it away")
		}
	}
}

// lastLine is where the last entry of a map begins.
func lastLine(n *document.Node) int {
	if len(n.Pairs) == 0 {
		return n.Line
	}
	return n.Pairs[len(n.Pairs)-1].Key.Line
}

// describe says what a node is, in the words of somebody who reads the file.
func describe(n *document.Node) string {
	if n.Kind == document.Scalar {
		return fmt.Sprintf("the text %q", shorten(n.Value))
	}
	return n.Kind.String()
}

func shorten(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:37]) + "…"
	}
	return text
}

// among lists names as prose: a, b and c.
func among(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
