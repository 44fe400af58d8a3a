package draw

import (
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

// Mermaid draws p as a Mermaid flow chart, which GitHub and many wikis show.
func Mermaid(p *topology.Pipeline) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, s := range topicStreams(p) {
		fmt.Fprintf(&b, "  s_%s[(\"%s\")]:::topic\n", id(s.Name), lines(mermaidText, append([]string{s.Name}, topicLines(s)...)...))
	}
	for _, sub := range p.Subs {
		fmt.Fprintf(&b, "  subgraph sub_%s[\"%s\"]\n", id(sub.Name), mermaidText(sub.Name))
		for _, op := range sub.Operators {
			text := append([]string{op.Name, op.Type}, details(op)...)
			fmt.Fprintf(&b, "    o_%s[\"%s\"]:::%s\n", id(op.Name), lines(mermaidText, text...), op.Type)
			for _, w := range words(op) {
				fmt.Fprintf(&b, "    w_%s_%s((\"%s\")):::word\n", id(op.Name), w, word(w))
			}
		}
		b.WriteString("  end\n")
	}
	for _, op := range p.Operators {
		for _, s := range op.From {
			if len(s.Topics) > 0 {
				fmt.Fprintf(&b, "  s_%s -->|\"%s\"| o_%s\n", id(s.Name), mermaidText(orderLabel(s)), id(op.Name))
			}
		}
		for _, port := range op.To {
			arrow := "-->"
			if label := edgeLines(port); len(label) > 0 {
				arrow = fmt.Sprintf("-->|\"%s\"|", lines(mermaidText, label...))
			}
			fmt.Fprintf(&b, "  o_%s %s %s\n", id(op.Name), arrow, target(op, port))
		}
	}
	for i, text := range notes(p) {
		fmt.Fprintf(&b, "  note_%d[\"%s\"]:::word\n", i, mermaidText(text))
	}
	b.WriteString("  classDef topic fill:#e0f2fe,stroke:#0369a1,color:#0c4a6e\n")
	b.WriteString("  classDef word fill:none,stroke:#a1a1aa,stroke-dasharray:4 3,color:#71717a\n")
	return b.String()
}

// target is the node that a port leads to.
func target(op *topology.Operator, port topology.Port) string {
	switch {
	case port.Stream == nil:
		return fmt.Sprintf("w_%s_%s", id(op.Name), port.Word)
	case len(port.Stream.Topics) > 0:
		return "s_" + id(port.Stream.Name)
	}
	return "o_" + id(port.Stream.Reader.Name)
}

// words are the words that an operator sends events to.
func words(op *topology.Operator) []string {
	var found []string
	for _, port := range op.To {
		if port.Stream == nil {
			found = append(found, port.Word)
		}
	}
	return found
}

// id is a name as an identifier: names that differ have ids that differ.
func id(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "_", "__"), "-", "_h")
}

var mermaidEscapes = strings.NewReplacer("&", "#amp;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "#", "#35;", "`", "#96;", "\n", " ")

func mermaidText(text string) string { return mermaidEscapes.Replace(text) }

// lines joins texts to the lines of one label.
func lines(escape func(string) string, texts ...string) string {
	escaped := make([]string, len(texts))
	for i, t := range texts {
		escaped[i] = escape(shorten(t, detailMax))
	}
	return strings.Join(escaped, "<br/>")
}
