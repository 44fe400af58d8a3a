package draw

import (
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

// DOT draws p for Graphviz.
func DOT(p *topology.Pipeline) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", quote(p.Name))
	b.WriteString("  rankdir=LR; fontname=\"Helvetica\"; node [fontname=\"Helvetica\", fontsize=11]; edge [fontname=\"Helvetica\", fontsize=10];\n")
	for _, s := range topicStreams(p) {
		fmt.Fprintf(&b, "  s_%s [shape=cylinder, style=filled, fillcolor=\"#e0f2fe\", color=\"#0369a1\", label=%s];\n", id(s.Name), quote(append([]string{s.Name}, topicLines(s)...)...))
	}
	for _, sub := range p.Subs {
		fmt.Fprintf(&b, "  subgraph cluster_%s {\n    label=%s; style=\"rounded,dashed\"; color=\"#71717a\";\n", id(sub.Name), quote(sub.Name))
		for _, op := range sub.Operators {
			text := append([]string{op.Name, op.Type}, details(op)...)
			fmt.Fprintf(&b, "    o_%s [shape=box, style=\"rounded,filled\", fillcolor=\"#fafafa\", label=%s];\n", id(op.Name), quote(text...))
			for _, w := range words(op) {
				fmt.Fprintf(&b, "    w_%s_%s [shape=plaintext, fontcolor=\"#71717a\", label=%s];\n", id(op.Name), w, quote(word(w)))
			}
		}
		b.WriteString("  }\n")
	}
	for _, op := range p.Operators {
		for _, s := range op.From {
			if len(s.Topics) > 0 {
				fmt.Fprintf(&b, "  s_%s -> o_%s [label=%s];\n", id(s.Name), id(op.Name), quote(orderLabel(s)))
			}
		}
		for _, port := range op.To {
			fmt.Fprintf(&b, "  o_%s -> %s", id(op.Name), target(op, port))
			if label := edgeLines(port); len(label) > 0 {
				fmt.Fprintf(&b, " [label=%s]", quote(label...))
			}
			b.WriteString(";\n")
		}
	}
	if text := notes(p); len(text) > 0 {
		fmt.Fprintf(&b, "  labelloc=b; label=%s;\n", quote(text...))
	}
	b.WriteString("}\n")
	return b.String()
}

var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ")

// quote makes lines one DOT string.
func quote(texts ...string) string {
	escaped := make([]string, len(texts))
	for i, t := range texts {
		escaped[i] = dotEscapes.Replace(shorten(t, detailMax))
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}
