package diagnostic

import (
	"strings"
	"unicode"
)

// Role says what a Span is, so that a terminal can colour it.
type Role uint8

// The roles of the parts of a rendered problem.
const (
	Plain    Role = iota
	Location      // file:line:column
	Severity      // error[A0107] or warning[A0107]
	Message       // what is wrong
	Help          // what would be right
	Quote         // the line of the file
	Caret         // the mark under it
)

// Span is a piece of a rendered problem. The texts of all spans joined are what Problems.Error gives.
type Span struct {
	Role Role
	Text string
}

// sourceWidthMax is how many characters of a line are shown; a longer line is cut around the mark.
const sourceWidthMax = 160

// Spans renders p with the line that it is about and a caret under the place. A further line of the remedy (a snippet) stands below.
func (p *Problem) Spans() []Span {
	spans := []Span{
		{Location, printable(p.Place())}, {Plain, ": "},
		{Severity, p.Severity() + "[" + p.Code + "]"}, {Plain, ": "},
		{Message, printable(p.What)},
	}
	help, snippet, _ := strings.Cut(p.Remedy, "\n")
	if help != "" {
		spans = append(spans, Span{Plain, "; "}, Span{Help, printable(help)})
	}
	spans = append(spans, Span{Plain, "\n"})
	if p.Line > 0 && p.Source != "" {
		spans = append(spans, p.excerpt()...)
	}
	if snippet != "" {
		for line := range strings.Lines(snippet + "\n") {
			spans = append(spans, Span{Plain, "      "}, Span{Help, printable(strings.TrimSuffix(line, "\n"))}, Span{Plain, "\n"})
		}
	}
	return spans
}

// excerpt is the source line and the line with the caret.
func (p *Problem) excerpt() []Span {
	line := []rune(p.Source)
	start := min(max(p.Column-1, 0), len(line))
	end := min(start+max(p.Width, 1), max(len(line), start+1))
	cut := 0
	if len(line) > sourceWidthMax {
		cut = max(0, min(start-sourceWidthMax/2, len(line)-sourceWidthMax))
		line = line[cut:min(cut+sourceWidthMax, len(line))]
	}
	start, end = start-cut, min(end-cut, max(len(line), start-cut+1))
	return []Span{
		{Plain, "    "}, {Quote, printable(string(line))}, {Plain, "\n    "},
		{Plain, underneath(line[:start])}, {Caret, mark(line, start, end)}, {Plain, "\n"},
	}
}

// printable keeps tabs, and shows what a terminal would not print or would obey as U+FFFD.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// underneath is white space exactly as wide as text: a tab stays a tab.
func underneath(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", cells(r)))
	}
	return b.String()
}

// mark is ^ under one character, ^~~~ under several.
func mark(line []rune, start, end int) string {
	width := 0
	for i := start; i < end; i++ {
		switch {
		case i >= len(line) || line[i] == '\t':
			width++
		default:
			width += cells(line[i])
		}
	}
	return "^" + strings.Repeat("~", max(width-1, 0))
}

// cells is how many columns of a terminal r takes: 0 for combining marks, 2 for wide characters (Unicode's East Asian Width W
// and F, by blocks), else 1.
func cells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0x303e, r >= 0x3041 && r <= 0xa4cf,
		r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f300 && r <= 0x1f64f, r >= 0x1f680 && r <= 0x1f6ff, r >= 0x1f900 && r <= 0x1f9ff,
		r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
