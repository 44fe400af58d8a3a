package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// Parse reads the one document of a file. The node is nil where too little of the text is YAML; otherwise it is whatever could be
// read, and problems are beside it. What is no YAML is left out, and the nodes that it belongs to are Broken or Partial.
func Parse(name string, text []byte) (*Node, *File, diagnostic.Problems) {
	file := NewFile(name, string(text))
	if p, bad := file.unreadable(text); bad {
		return nil, file, diagnostic.Problems{p}
	}
	r := newRepair(file)
	problems := r.characters()
	if r.off && len(problems) > 0 {
		return nil, file, problems[:1]
	}
	root, decoder, more := r.decode()
	problems = append(problems, more...)
	if root == nil {
		return nil, file, problems
	}
	for line, text := range r.raw {
		file.lose(text, line)
	}
	b := builder{file: file, repair: r, problems: problems, left: NodesMax, open: map[*yaml.Node]bool{}}
	top := b.build(root.Content[0], 0)
	if top.Kind == Null {
		b.report(file.empty())
		return nil, file, b.problems
	}
	if b.full {
		return nil, file, b.problems
	}
	b.second(decoder)
	return top, file, b.problems
}

func (f *File) empty() diagnostic.Problem {
	return f.Problem("A0101", "the file is empty", "begin with `apiVersion: anabranch/v1`")
}

// decode reads the first document, and repairs the text until that succeeds or nothing can be done. It gives one problem for
// each repair.
func (r *repair) decode() (*yaml.Node, *yaml.Decoder, diagnostic.Problems) {
	var problems diagnostic.Problems
	for range repairsMax {
		decoder := yaml.NewDecoder(strings.NewReader(r.text()))
		var root yaml.Node
		err := decode(decoder, &root)
		switch {
		case err == nil:
			return &root, decoder, problems
		case errors.Is(err, io.EOF):
			return nil, nil, append(problems, r.file.empty())
		}
		p := r.broken(err)
		if !r.told[p.Line] {
			problems = append(problems, p)
		}
		if r.told[p.Line] = true; r.off || p.Line == 0 {
			break
		}
		if p.Code == "A0106" && r.tabs(p.Line) {
			continue
		}
		if p.What == keyTooDeep && r.outdent(p.Line) || p.What == keyAstray && r.align(p.Line) {
			continue
		}
		if p.Code == "A0109" || !r.mask(p.Line, p.Column) {
			break
		}
	}
	return nil, nil, problems
}

// unreadable finds what is no pipeline file at all: one too large, or in another encoding.
func (f *File) unreadable(text []byte) (diagnostic.Problem, bool) {
	switch {
	case len(text) > BytesMax:
		return f.Problem("A0102", fmt.Sprintf("the file has %d bytes", len(text)), fmt.Sprintf("a pipeline file has at most %d", BytesMax)), true
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return f.Problem("A0103", "the file is UTF-16", "save the file as UTF-8"), true
	}
	return diagnostic.Problem{}, false
}

// character says what is wrong with a character that stands at the beginning of rest.
func (f *File) character(line, column int, c rune, rest string) (diagnostic.Problem, bool) {
	switch {
	case c == utf8.RuneError && !strings.HasPrefix(rest, "\ufffd"):
		return f.at(line, column, 1, "A0103", fmt.Sprintf("byte 0x%02x is not UTF-8", rest[0]), "save the file as UTF-8"), true
	case c < ' ' && c != '\t' || c == 0x7f:
		return f.at(line, column, 1, "A0104", fmt.Sprintf("control character U+%04X", c), `write it as an escape in double quotes, "\u0001"`), true
	}
	return diagnostic.Problem{}, false
}

// decode reads the next document. A panic of the reader becomes an error: the text is at fault, not the program that reads it.
func decode(d *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the YAML reader gave up: %v", v)
		}
	}()
	return d.Decode(n)
}

// broken says what the YAML reader said, at its place, and what it most often means.
func (r *repair) broken(err error) diagnostic.Problem {
	f := r.file
	var load *yaml.LoadError
	if !errors.As(err, &load) || load.Mark.Line == 0 {
		return f.Problem("A0105", strings.TrimPrefix(err.Error(), "yaml: "), "")
	}
	if strings.Contains(load.Message, "escape") {
		line, column := load.Mark.Line, max(load.Mark.Column, 1)
		return f.at(line, column, 1, "A0105", "not YAML: a backslash begins an escape in double quotes, and there is no such escape", `use single quotes, or write \\`)
	}
	if open := load.ContextMark; strings.Contains(load.ContextMsg, "quoted scalar") && open.Line > 0 {
		return f.at(open.Line, max(open.Column, 1), 1, "A0105", "not YAML: the text in quotes does not end", "close the quotes")
	}
	line, column := load.Mark.Line, max(load.Mark.Column, 1)
	if above := r.colonless(line); above > 0 {
		text := strings.TrimSpace(f.Line(above))
		return f.at(above, indentOf(f.Line(above))+1, utf8.RuneCountInString(text), "A0105", "not YAML: no colon behind the key", "write `"+strings.Replace(text, " ", ": ", 1)+"`")
	}
	if above := r.unclosed(line); above > 0 {
		return f.at(above, 1+utf8.RuneCountInString(entry.FindString(f.Line(above))), 1, "A0105", "not YAML: the text in quotes does not end", "close the quotes")
	}
	if open := load.ContextMark; strings.Contains(load.ContextMsg, "flow") && open.Line > 0 && open.Line < line {
		closing := map[string]string{"{": "}", "[": "]"}[firstOf(f.after(open.Line, open.Column))]
		return f.at(open.Line, open.Column, 1, "A0105", "not YAML: what begins here does not end", "close it with "+closing)
	}
	if above := r.glued(line); above > 0 && strings.Contains(load.Message, "mapping values are not allowed") {
		text := strings.TrimSpace(f.Line(above))
		return f.at(above, indentOf(f.Line(above))+1, utf8.RuneCountInString(text), "A0105", "not YAML: no space behind the colon", "write `"+strings.Replace(text, ":", ": ", 1)+"`")
	}
	if line > len(f.lines) || f.Line(line) == "" && line > 1 {
		line, column = f.lastText(line)
	}
	source := f.Line(line)
	before := strings.TrimLeft(source, " ")
	switch {
	case strings.HasPrefix(before, "\t"):
		column = strings.IndexByte(source, '\t') + 1
		return f.at(line, column, 1, "A0106", "a tab indents this line", "YAML is indented with spaces")
	case strings.Contains(load.Message, "unknown anchor"):
		return f.at(line, column, 1, "A0108", load.Message, "an alias needs an anchor above it: `&name`; put an expression that begins with * in quotes")
	case strings.Contains(load.Message, "max depth"):
		return f.at(line, column, 1, "A0109", "lists and maps nest too deep", fmt.Sprintf("at most %d deep", DepthMax))
	}
	if strings.Contains(load.Message, "mapping values are not allowed") && strings.Index(source, ":") == len(source)-len(f.after(line, column)) {
		return f.at(line, column, 1, "A0105", keyTooDeep, "indent both lines alike")
	}
	return f.at(line, column, 1, "A0105", "not YAML: "+load.Message, likely(load.Message, source, f.after(line, column)))
}

// keyAstray is said of a key that is indented like none of the keys above.
const keyAstray = "not YAML: did not find expected key"

// keyTooDeep is said of a key that is indented further than the one above, which has a value.
const keyTooDeep = "not YAML: a key stands within the value of the line above"

func firstOf(text string) string {
	if text == "" {
		return ""
	}
	return text[:1]
}

// lastText is the end of the last line with text at or before line.
func (f *File) lastText(line int) (int, int) {
	for line = min(line, len(f.lines)); line > 1 && strings.TrimSpace(f.Line(line)) == ""; line-- {
	}
	return line, utf8.RuneCountInString(f.Line(line)) + 1
}

// likely guesses the slip behind a YAML error from the line it is on, and what follows on it.
func likely(message, source, rest string) string {
	_, value, ok := strings.Cut(source, ": ")
	value = strings.TrimSpace(value)
	if ok && value != "" && strings.ContainsAny(value[:1], "[{") && rest != "" && strings.ContainsAny(rest[:1], "%@`") {
		if end := strings.IndexAny(rest, ",]}"); end > 0 {
			rest = rest[:end]
		}
		return "put it in quotes: " + quoted(strings.TrimSpace(rest))
	}
	switch {
	case ok && value != "" && strings.ContainsAny(value[:1], "[{") && strings.Contains(message, "expected key"),
		strings.Contains(message, "mapping values are not allowed") && ok,
		ok && value != "" && strings.ContainsAny(value[:1], "\"'") && strings.Contains(message, "expected key"),
		ok && value != "" && strings.ContainsAny(value[:1], "%@`&*!"):
		return "put an expression or a text with : or brackets in quotes: " + quoted(value)
	case strings.Contains(message, "',' or ']'"):
		return orQuotes("close the list with ]", rest)
	case strings.Contains(message, "',' or '}'"):
		return orQuotes("close the map with }", rest)
	}
	return "check the indentation of this line and the one above"
}

// quoted puts a value in quotes of a kind that it does not have, where there is one. Quotes around the whole of it are those that it
// has now, and that end too early.
func quoted(value string) string {
	if q := value[0]; len(value) > 1 && (q == '"' || q == '\'') && value[len(value)-1] == q && strings.IndexByte(value[1:len(value)-1], q) >= 0 {
		value = value[1 : len(value)-1]
	}
	if strings.Contains(value, "'") && !strings.ContainsAny(value, `"\`) {
		return `"` + value + `"`
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// orQuotes is the remedy for a list or a map on one line that ends too early. Where text follows, it is most often an expression.
func orQuotes(remedy, rest string) string {
	if rest == "" || strings.ContainsAny(rest[:1], "]}") {
		return remedy
	}
	return "put an expression with brackets, braces or quotes in it in quotes; or " + remedy
}

// second reports another document in the file.
func (b *builder) second(d *yaml.Decoder) {
	var next yaml.Node
	err := decode(d, &next)
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		b.report(b.repair.broken(err))
	default:
		line, column := next.Line, next.Column
		if len(next.Content) > 0 {
			line, column = next.Content[0].Line, next.Content[0].Column
		}
		b.report(b.file.at(line, column, 1, "A0110", "a second document begins here", "a pipeline file holds one; move it to a file of its own"))
	}
}
