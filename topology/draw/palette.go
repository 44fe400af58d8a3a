package draw

import (
	"fmt"
	"strings"
)

// palette is the colours of a picture. They are written out rather than as CSS variables, which many viewers do not know.
type palette struct {
	paper, ink, soft, line, frame, edge, card, topic, topicEdge string
	types                                                       [5]string // in the order of coloured
}

var coloured = [5]string{"copier", "filter", "splitter", "sharder", "merger"}

var light = palette{
	paper: "#ffffff", ink: "#18181b", soft: "#5f6673", line: "#9098a5", frame: "#f6f7f9", edge: "#d4d7dd", card: "#ffffff",
	topic: "#e0f2fe", topicEdge: "#0284c7", types: [5]string{"#0d9488", "#d97706", "#9333ea", "#2563eb", "#db2777"},
}

var dark = palette{
	paper: "#0f1115", ink: "#e5e7eb", soft: "#a3abb8", line: "#768090", frame: "#171a21", edge: "#343a46", card: "#20252f",
	topic: "#0c2f45", topicEdge: "#38bdf8", types: [5]string{"#2dd4bf", "#fbbf24", "#c084fc", "#60a5fa", "#f472b6"},
}

// shapes is what does not depend on light and dark.
const shapes = `text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: 11px; }
.sub { font-weight: 600; letter-spacing: 0.04em; }
.title { font-size: 13px; font-weight: 600; }
.detail { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 10.5px; }
.label { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round; }
.order { font-size: 10px; font-style: italic; }
.wire { fill: none; stroke-width: 1.5; }
.icon { fill: none; stroke-width: 1.3; stroke-linecap: round; stroke-linejoin: round; }
.word rect { fill: none; stroke-dasharray: 3 3; }
`

// style is the style sheet of a picture.
func style() string {
	var b strings.Builder
	b.WriteString(shapes)
	light.write(&b, "")
	b.WriteString("@media (prefers-color-scheme: dark) {\n")
	dark.write(&b, "  ")
	b.WriteString("}\n")
	return b.String()
}

func (p palette) write(b *strings.Builder, indent string) {
	rule := func(selector, format string, colours ...any) {
		fmt.Fprintf(b, "%s%s { %s }\n", indent, selector, fmt.Sprintf(format, colours...))
	}
	rule("text", "fill: %s;", p.ink)
	rule(".sub, .detail, .note, .label, .order, .word text", "fill: %s;", p.soft)
	rule(".paper", "fill: %s;", p.paper)
	rule(".frame", "fill: %s; stroke: %s;", p.frame, p.edge)
	rule(".label", "stroke: %s;", p.frame)
	rule(".wire, .word rect", "stroke: %s;", p.line)
	rule(".tip", "fill: %s;", p.line)
	rule(".topic rect", "fill: %s; stroke: %s;", p.topic, p.topicEdge)
	rule(".operator rect", "fill: %s; stroke: %s;", p.card, p.edge)
	for i, name := range coloured {
		rule(fmt.Sprintf(".%s .icon", name), "stroke: %s;", p.types[i])
		rule(fmt.Sprintf(".%s .kind, .%s rect.bar", name, name), "fill: %s; stroke: none;", p.types[i])
	}
}
