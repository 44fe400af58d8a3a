package document

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// builder turns the YAML reader's nodes into ours.
type builder struct {
	file     *File
	repair   *repair
	problems diagnostic.Problems
	left     int                 // nodes that may still be made
	open     map[*yaml.Node]bool // anchors around the present node
	full     bool                // too many nodes or too deep: said once
}

func (b *builder) report(p diagnostic.Problem) {
	if len(b.problems) < ProblemsMax {
		b.problems = append(b.problems, p)
	}
}

// build copies n, following aliases. What cannot be read becomes Null, and a problem.
func (b *builder) build(n *yaml.Node, depth int) *Node {
	node := &Node{Line: n.Line, Column: n.Column + b.repair.shift[n.Line], file: b.file}
	b.left--
	if b.left < 0 || depth > DepthMax {
		b.stop(node, depth)
		return node
	}
	if n.Kind == yaml.AliasNode {
		return b.alias(n, node, depth)
	}
	b.open[n] = true
	defer delete(b.open, n)
	b.tag(n, node)
	switch n.Kind {
	case yaml.ScalarNode:
		b.scalar(n, node)
	case yaml.SequenceNode:
		node.Kind = List
		for _, c := range n.Content {
			node.Items = append(node.Items, b.build(c, depth+1))
		}
	case yaml.MappingNode:
		node.Kind = Map
		b.pairs(n, node, depth)
	}
	return node
}

// stop says once that the document is too large for its own good.
func (b *builder) stop(at *Node, depth int) {
	if b.full {
		return
	}
	b.full = true
	if depth > DepthMax {
		b.report(at.Problem("A0109", "lists and maps nest too deep", fmt.Sprintf("at most %d deep", DepthMax)))
		return
	}
	b.report(at.Problem("A0109", fmt.Sprintf("the file grows beyond %d values once its aliases are followed", NodesMax),
		"write the values out"))
}

// alias copies what the alias stands for. Problems there point to the original.
func (b *builder) alias(n *yaml.Node, node *Node, depth int) *Node {
	if n.Alias == nil || b.open[n.Alias] {
		b.report(node.Problem("A0108", fmt.Sprintf("the alias *%s stands for something that contains it", n.Value),
			"write the value out"))
		node.Broken = true
		return node
	}
	return b.build(n.Alias, depth+1)
}

// tag refuses explicit tags, which are most often an expression that begins with !, and an anchor that is one with &&.
func (b *builder) tag(n *yaml.Node, node *Node) {
	if n.Anchor == "&" && n.Style&yaml.TaggedStyle == 0 {
		node.Broken = true
		b.report(node.Problem("A0107", "&& is read as a YAML anchor", "put an expression that begins with && in quotes"))
		return
	}
	if n.Style&yaml.TaggedStyle == 0 || n.Tag == "!!str" {
		return
	}
	remedy := "a pipeline file has no tags"
	if n.Kind == yaml.ScalarNode {
		remedy = "put an expression that begins with ! in quotes"
	}
	node.Broken = true
	b.report(node.Problem("A0107", fmt.Sprintf("%s is read as a YAML tag", n.Tag), remedy))
}

func (b *builder) scalar(n *yaml.Node, node *Node) {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		node.form = double
	case n.Style&yaml.SingleQuotedStyle != 0:
		node.form = single
	case n.Style&yaml.LiteralStyle != 0:
		node.form = literal
	case n.Style&yaml.FoldedStyle != 0:
		node.form = folded
	}
	node.Value = n.Value
	if raw, masked := b.repair.masked(n.Value, n.Line); masked {
		node.Kind, node.Broken, node.Value = Scalar, true, raw
		return
	}
	if n.Tag == "!!null" && node.form == plain {
		return
	}
	node.Kind, node.Quoted = Scalar, node.form != plain || n.Tag == "!!str" && n.Style&yaml.TaggedStyle != 0
	node.decorated = n.Anchor != "" || n.Style&yaml.TaggedStyle != 0
}

// pairs copies the entries of a map: keys are single values, each once.
func (b *builder) pairs(n *yaml.Node, node *Node, depth int) {
	seen := make(map[string]*Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := b.build(n.Content[i], depth+1)
		value := b.build(n.Content[i+1], depth+1)
		if b.full {
			return
		}
		if key.Kind == Null && key.Value != "" {
			key.Kind = Scalar // a key called null is a name
		}
		switch first := seen[key.Value]; {
		case key.Broken && key.Kind == Scalar:
			node.Partial = true
		case n.Content[i].Tag == "!!merge":
			node.Partial = true
			b.report(key.Problem("A0112", "merge keys (<<) are not part of the language", "write the keys out, or use an alias for a whole value"))
		case key.Kind != Scalar:
			node.Partial = true
			b.file.loseAll(key)
			b.file.loseAll(value)
			b.report(key.Problem("A0113", fmt.Sprintf("a key is %s", key.Kind), "a key is a name; put a text with brackets in quotes"))
		case first != nil:
			b.file.loseAll(value)
			b.report(key.Problem("A0111", fmt.Sprintf("the key %q is here twice", key.Value), fmt.Sprintf("it is on line %d already; keep one", first.Line)))
		default:
			seen[key.Value] = key
			node.Pairs = append(node.Pairs, Pair{Key: key, Value: value})
		}
	}
}
