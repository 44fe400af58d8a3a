package document

import (
	"slices"
	"strings"
	"unicode"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// Limits of a pipeline file. They are far above what a person writes.
const (
	// BytesMax is the size of a file.
	BytesMax = 4 << 20
	// DepthMax is how deep lists and maps may nest.
	DepthMax = 64
	// NodesMax is how many nodes a file has once its aliases are followed.
	NodesMax = 200_000
	// LineShownMax is how many bytes a line may have to be shown with a problem.
	LineShownMax = 8 << 10
	// ProblemsMax is how many problems of the YAML itself are kept.
	ProblemsMax = 200
)

// File is the text of a pipeline file.
type File struct {
	Name  string
	lines []string
	lost  map[string][]int // the words of what could not be read, by their lines
}

// NewFile splits text into lines; a byte order mark is dropped.
func NewFile(name, text string) *File {
	lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return &File{Name: name, lines: lines}
}

// Line gives a line by number, from 1; empty where there is none.
func (f *File) Line(number int) string {
	if number < 1 || number > len(f.lines) {
		return ""
	}
	return f.lines[number-1]
}

// Lines are all lines of the text.
func (f *File) Lines() []string { return f.lines }

// Lost tells whether a word stands in what could not be read of the lines from first to last, or is left out as a second value of
// one key: what is missed elsewhere may be there.
func (f *File) Lost(word string, first, last int) bool {
	return slices.ContainsFunc(f.lost[word], func(line int) bool { return first <= line && line <= last })
}

// lose notes a text that was not read.
func (f *File) lose(text string, line int) {
	if f.lost == nil {
		f.lost = map[string][]int{}
	}
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return !isNameRune(c) }) {
		f.lost[word] = append(f.lost[word], line)
	}
}

func isNameRune(c rune) bool {
	return c == '_' || c == '-' || c == '.' || unicode.IsLetter(c) || unicode.IsDigit(c)
}

// loseAll notes a value that was read, and is left out.
func (f *File) loseAll(n *Node) {
	f.lose(n.Value, n.Line)
	for _, item := range n.Items {
		f.loseAll(item)
	}
	for _, p := range n.Pairs {
		f.loseAll(p.Key)
		f.loseAll(p.Value)
	}
}

// Problem is a problem of the file as a whole.
func (f *File) Problem(code, what, remedy string) diagnostic.Problem {
	return diagnostic.Problem{Code: code, File: f.Name, What: what, Remedy: remedy}
}

func (f *File) at(line, column, width int, code, what, remedy string) diagnostic.Problem {
	source := f.Line(line)
	if len(source) > LineShownMax {
		source = ""
	}
	return diagnostic.Problem{
		Code: code, File: f.Name, Line: line, Column: column, Width: width,
		What: what, Remedy: remedy, Source: source,
	}
}
