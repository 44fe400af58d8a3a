package expression

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/parser"
)

// report collects the problems of one expression.
type report struct {
	src      string
	runes    []int // the byte offset of each rune, since cel-go counts runes; and of the end
	problems []Problem
}

func newReport(src string) *report {
	r := &report{src: src}
	for i := range src {
		r.runes = append(r.runes, i)
	}
	r.runes = append(r.runes, len(src))
	return r
}

// add notes a problem, unless one is known at the same place: the first is the cause.
func (r *report) add(p Problem) {
	for _, known := range r.problems {
		if known.Offset == p.Offset {
			return
		}
	}
	r.problems = append(r.problems, p)
}

// sorted gives the problems in the order of the source.
func (r *report) sorted() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Offset, b.Offset) })
	return r.problems
}

// byteAt turns an offset in runes into one in bytes.
func (r *report) byteAt(rune int) int {
	return r.runes[min(max(rune, 0), len(r.runes)-1)]
}

// place is where e stands, from the first to past the last byte of the token that cel-go gives as its position: for an
// operator the operator, for a call the function's name, for a selection the field's name.
func (r *report) place(info *ast.SourceInfo, e ast.Expr) (start, end int) {
	if e.Kind() == ast.SelectKind && !e.AsSelect().IsTestOnly() {
		return r.field(info, e)
	}
	at, ok := info.GetOffsetRange(e.ID())
	if !ok {
		return 0, len(r.src)
	}
	start = r.byteAt(int(at.Start))
	if start < len(r.src) && r.src[start] == '(' {
		if name := r.wordBefore(start); name < start {
			return name, start
		}
	}
	return start, max(r.byteAt(int(at.Stop)), r.tokenEnd(start))
}

// field is where the name of the field stands that e selects or has() tests.
func (r *report) field(info *ast.SourceInfo, e ast.Expr) (start, end int) {
	from := e.ID()
	if e.AsSelect().IsTestOnly() {
		from = e.AsSelect().Operand().ID()
	}
	at, ok := info.GetOffsetRange(from)
	if !ok {
		return 0, len(r.src)
	}
	start = r.byteAt(int(at.Start))
	if e.AsSelect().IsTestOnly() {
		if e.AsSelect().Operand().Kind() == ast.SelectKind {
			start, _ = r.nameAfter(start)
		}
		start = r.tokenEnd(start)
	}
	if name, ok := r.nameAfter(start); ok {
		return name, r.tokenEnd(name)
	}
	return start, r.tokenEnd(start)
}

// nameAfter finds the name that follows the dot at or after start.
func (r *report) nameAfter(start int) (int, bool) {
	rest := r.src[start:]
	trimmed := strings.TrimLeft(rest, " \t\r\n")
	if !strings.HasPrefix(trimmed, ".") {
		return start, false
	}
	trimmed = strings.TrimLeft(trimmed[1:], " \t\r\n")
	return len(r.src) - len(trimmed), true
}

func (r *report) wordBefore(end int) int {
	start := end
	for start > 0 && isWord(r.src[start-1]) {
		start--
	}
	return start
}

// tokenEnd is the end of the word at start, or of the one character there.
func (r *report) tokenEnd(start int) int {
	end := start
	for end < len(r.src) && isWord(r.src[end]) {
		end++
	}
	if end == start && end < len(r.src) {
		_, size := utf8.DecodeRuneInString(r.src[end:])
		end += size
	}
	return end
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// sourceText writes a parsed expression as text.
func sourceText(e ast.Expr, info *ast.SourceInfo) string {
	text, err := parser.Unparse(e, info)
	if err != nil {
		return "this"
	}
	return strings.ReplaceAll(text, "\n", " ")
}
