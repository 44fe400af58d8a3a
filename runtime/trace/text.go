package trace

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/topology/expression"
)

// Widths of the text, in columns.
const (
	lineMax   = 100
	sourceMax = 60 // of a part of an expression
	valueMax  = 60
	labelMax  = 40
)

// String says what the operator decided and why, on several lines of at most 100 columns where names allow it.
func (s *Step) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s of %s\n", s.Operator.Name, s.Operator.Type, s.from())
	for i, x := range s.Formulas {
		writeFormula(&b, keyword(s, i), x)
	}
	if key := Bytes(s.Key); s.Operator.Type == "sharder" && s.Rejected == nil && key != result(s.Formulas[0]) {
		fmt.Fprintf(&b, "  key %s\n", key)
	}
	if ahead := s.Ahead(); ahead != "" {
		fmt.Fprintf(&b, "  %s\n", ahead)
	}
	switch {
	case s.Rejected != nil:
		fmt.Fprintf(&b, "  rejected, %s: %s\n", s.Code, Cut(s.Rejected.Error(), 4*valueMax))
		if s.Letter.Topic == "" {
			b.WriteString("  it stops the pipeline, which has no dead letters\n")
		} else {
			fmt.Fprintf(&b, "  → %s[%d], dead letter\n", s.Letter.Topic, s.Letter.Partition)
		}
	case len(s.Ways) == 0:
		b.WriteString("  dropped\n")
	}
	for i := range s.Ways {
		fmt.Fprintf(&b, "  %s\n", s.Ways[i].text(s.label(&s.Ways[i])))
	}
	if untold := s.Untold(); untold != "" {
		fmt.Fprintf(&b, "  %s\n", untold)
	}
	return b.String()
}

// from names what the operator reads, and the place in a topic that the event stands at.
func (s *Step) from() string {
	names, at := make([]string, len(s.Operator.From)), ""
	for i, stream := range s.Operator.From {
		names[i] = stream.Name
		if slices.Contains(stream.Topics, s.Event.Origin.Topic) {
			at = fmt.Sprintf(", at %s[%d]", s.Event.Origin.Topic, s.Event.Origin.Partition)
		}
	}
	return strings.Join(names, ", ") + at
}

// keyword is the word of the file before expression i.
func keyword(s *Step, i int) string {
	switch {
	case s.Operator.Type == "filter":
		return "where"
	case s.Operator.Type == "merger":
		return []string{"order_by", "heartbeat"}[i]
	case s.Operator.Formulas[i].Type().Name == "bool":
		return "if"
	case s.Operator.Type == "splitter" && !strings.HasSuffix(s.Operator.To[0].Label, " %"):
		return "match"
	}
	return "by"
}

// label says what led to a port. Of a splitter by conditions the one that is true stands above already.
func (s *Step) label(w *Way) string {
	if s.Operator.Type != "splitter" || s.Operator.Formulas[0].Type().Name != "bool" {
		return Cut(w.Port.Label, labelMax)
	}
	for _, x := range s.Formulas {
		if x.Value == true {
			return ""
		}
	}
	return "otherwise"
}

// text says where the port leads.
func (w *Way) text(label string) string {
	if label != "" {
		label = " (" + label + ")"
	}
	switch {
	case w.Next != nil:
		return fmt.Sprintf("→ %s%s, to %s", w.Port.Stream.Name, label, w.Next.Operator.Name)
	case w.Arrival != nil:
		return fmt.Sprintf("→ %s%s, %s", w.Port.Stream.Name, label, w.Arrival)
	}
	return "dropped" + label
}

// String is the topic and the partition, and what chose it.
func (a *Arrival) String() string {
	placed := string(a.Why)
	if a.Placer != nil {
		placed = "by the key of " + a.Placer.Name
	}
	text := fmt.Sprintf("%s[%d], %s", a.Stream.Topic(), a.Partition, placed)
	if a.Rekey {
		text += ", with key " + Bytes(a.Key)
	}
	return text
}

// row is one line of an expression.
type row struct {
	depth          int
	source, result string
}

// writeFormula writes an expression and under it its parts, each with its result.
func writeFormula(b *strings.Builder, word string, x *expression.Explanation) {
	rows := appendRows(nil, x, 0)
	column := 0
	for _, r := range rows {
		if width := 2*r.depth + utf8.RuneCountInString(r.source); width <= sourceMax {
			column = max(column, width)
		}
	}
	indent := 2 + len(word) + 1
	for i, r := range rows {
		if i == 0 {
			fmt.Fprintf(b, "  %s ", word)
		} else {
			b.WriteString(strings.Repeat(" ", indent))
		}
		if i > 0 {
			r.source = Cut(r.source, sourceMax-2*r.depth)
			column = max(column, min(sourceMax, 2*r.depth+utf8.RuneCountInString(r.source)))
		}
		width := 2*r.depth + utf8.RuneCountInString(r.source)
		b.WriteString(strings.Repeat(" ", 2*r.depth) + r.source)
		if width > column && indent+width+2+utf8.RuneCountInString(r.result) > lineMax {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			width = 0
		}
		b.WriteString(strings.Repeat(" ", max(2, column-width+2)) + r.result + "\n")
	}
}

func appendRows(rows []row, x *expression.Explanation, depth int) []row {
	rows = append(rows, row{depth, oneLine(x.Source), result(x)})
	for _, part := range x.Parts {
		if x.Skipped {
			break
		}
		rows = appendRows(rows, part, depth+1)
	}
	return rows
}

// result is what became of a part.
func result(x *expression.Explanation) string {
	switch {
	case x.Skipped:
		return "not evaluated"
	case x.Err != nil:
		return "error: " + Cut(x.Err.Error(), 2*valueMax)
	}
	return Cut(Value(x.Value), valueMax)
}

// Cut shortens text to at most n runes, the last of which then is "…".
func Cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:max(0, n-1)]) + "…"
}
