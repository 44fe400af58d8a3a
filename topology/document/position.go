package document

import (
	"strings"
	"unicode/utf8"
)

// start is the place of a scalar's text, behind an anchor or a tag that stands before it on the same line. It is found only
// when it is asked for, since it takes a walk along the line.
func (n *Node) start() (line, column int) {
	column = n.Column
	for n.decorated && n.Kind == Scalar {
		rest := n.file.after(n.Line, column)
		if rest == "" || rest[0] != '&' && rest[0] != '!' || n.form == plain && strings.HasPrefix(n.Value, rest[:1]) {
			break
		}
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			break
		}
		for end < len(rest) && (rest[end] == ' ' || rest[end] == '\t') {
			end++
		}
		column += utf8.RuneCountInString(rest[:end])
	}
	return n.Line, column
}

// after is what stands on a line from a column on.
func (f *File) after(line, column int) string {
	text := f.Line(line)
	for range column - 1 {
		if text == "" {
			return ""
		}
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	return text
}

// CutBy gives the sign at which YAML ends a text that is not in quotes although its line goes on: the # of a comment, or the comma
// of a list or map on one line. It is empty for any other node.
func (n *Node) CutBy() string {
	if n.Kind != Scalar || n.form != plain {
		return ""
	}
	rest := strings.TrimLeft(n.file.after(n.Position(len(n.Value))), " \t")
	if rest != "" && (rest[0] == '#' || rest[0] == ',') {
		return rest[:1]
	}
	return ""
}

// Position is the line and the column at which the byte at offset of a scalar's Value is written, however the scalar is written.
// Where the text cannot be followed, it is the place of the node.
func (n *Node) Position(offset int) (line, column int) {
	line, column = n.start()
	if n.Kind != Scalar || offset < 0 || offset > len(n.Value) {
		return line, column
	}
	w := walker{file: n.file, line: line, column: column, value: n.Value}
	switch n.form {
	case literal, folded:
		w.enterBlock(n.file)
	case single, double:
		w.column++
	}
	w.rest = n.file.after(w.line, w.column)
	for w.done < offset {
		if !w.step(n.form) {
			return line, column
		}
	}
	if w.line > len(n.file.lines) {
		return line, column
	}
	return w.line, w.column
}

// walker goes through a scalar's value and its source text side by side.
type walker struct {
	file         *File
	line, column int
	rest         string // of the line, from column on
	value        string
	done         int // bytes of value that are behind
	indent       int // of a block scalar, in columns; 0 for the others, whose lines lose all their indentation
}

// enterBlock goes from the | or > of a block scalar to its first line.
func (w *walker) enterBlock(f *File) {
	header := f.after(w.line, w.column)
	for i := 1; i < len(header) && header[i] != ' ' && header[i] != '#'; i++ {
		if header[i] >= '1' && header[i] <= '9' {
			w.indent = int(header[i]-'0') + parentIndent(f.Line(w.line))
		}
	}
	w.line++
	for line := w.line; w.indent == 0 && line <= len(f.lines); line++ {
		if text := f.Line(line); strings.TrimLeft(text, " ") != "" {
			w.indent = len(text) - len(strings.TrimLeft(text, " "))
			break
		}
	}
	w.column = 1 + min(w.indent, len(f.Line(w.line)))
}

// parentIndent is the column of the key that a block scalar belongs to.
func parentIndent(line string) int {
	trimmed := strings.TrimLeft(line, " ")
	for strings.HasPrefix(trimmed, "- ") {
		trimmed = strings.TrimLeft(trimmed[2:], " ")
	}
	return len(line) - len(trimmed)
}

// step passes one character of the value. It returns false where source and value do not go together.
func (w *walker) step(form form) bool {
	r, size := utf8.DecodeRuneInString(w.value[w.done:])
	if form == double {
		if done, ok := w.escape(r, size); done {
			return ok
		}
	}
	if r == '\n' || r == ' ' && form != literal && w.atLineEnd(form) {
		return w.newLine(r, form)
	}
	if form == single && strings.HasPrefix(w.rest, "''") {
		w.forward(1, 1)
	}
	got, width := utf8.DecodeRuneInString(w.rest)
	if got != r || w.rest == "" {
		return false
	}
	w.forward(width, 1)
	w.done += size
	return true
}

func (w *walker) forward(bytes, characters int) {
	w.rest = w.rest[bytes:]
	w.column += characters
}

// atLineEnd tells whether only white space is left on the line, so that a space in the value is a folded line.
func (w *walker) atLineEnd(form form) bool {
	if form == folded {
		return w.rest == ""
	}
	return strings.TrimRight(w.rest, " \t") == ""
}

// newLine passes the end of the line, and the empty lines that the value has as line feeds.
func (w *walker) newLine(r rune, form form) bool {
	if strings.TrimRight(w.rest, " \t") != "" {
		return false
	}
	if form == literal {
		w.done++
		w.startLine()
		return w.line <= len(w.file.lines)+1
	}
	w.done++
	w.startLine()
	for strings.TrimSpace(w.rest) == "" && w.line < len(w.file.lines) && w.done < len(w.value) {
		if r == '\n' && w.value[w.done] == '\n' {
			w.done++
		}
		w.startLine()
	}
	return true
}

// startLine goes to where the text of the next line begins.
func (w *walker) startLine() {
	w.line++
	text := w.file.Line(w.line)
	skip := len(text) - len(strings.TrimLeft(text, " \t"))
	if w.indent > 0 {
		skip = min(w.indent, len(text))
	}
	w.column, w.rest = skip+1, text[skip:]
}

// escape passes an escape of a double-quoted scalar. Done is false where there is none.
func (w *walker) escape(r rune, size int) (done, ok bool) {
	for w.rest == `\` {
		w.startLine()
	}
	if len(w.rest) < 2 || w.rest[0] != '\\' {
		return false, false
	}
	width := map[byte]int{'x': 4, 'u': 6, 'U': 10}[w.rest[1]]
	if width == 0 {
		width = 2
	}
	if len(w.rest) < width {
		return true, false
	}
	w.forward(width, width)
	w.done += size
	return true, true
}
