// Package diagnostic holds what is wrong with a pipeline file: problems with a code, a place, and what would be right.
package diagnostic

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a file. Lines and columns count from 1, columns in characters.
type Problem struct {
	Code    string // as in Codes: A0107
	Warning bool   // the file can be run all the same
	File    string
	Line    int // 0: the file as a whole
	Column  int
	Width   int    // how many characters are meant, at least 1
	What    string // what is wrong
	Remedy  string // what would be right; empty where that is plain
	Source  string // the text of the line
}

// Severity is error or warning.
func (p *Problem) Severity() string {
	if p.Warning {
		return "warning"
	}
	return "error"
}

// Place is file:line:column, or the file alone.
func (p *Problem) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Error gives the problem on one line, without a snippet: file:line:column: error[A0107]: what; what would be right.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%s: %s[%s]: %s", p.Place(), p.Severity(), p.Code, p.What)
	if help, _, _ := strings.Cut(p.Remedy, "\n"); help != "" {
		text += "; " + help
	}
	return printable(text)
}

// Problems are all the problems of a file, by position. As an error it holds at least one that is not a warning.
type Problems []Problem

// Error gives every problem with its source line and a caret under it, without colour.
func (ps Problems) Error() string {
	var b strings.Builder
	for i := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, s := range ps[i].Spans() {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// Failed tells whether one of the problems is more than a warning.
func (ps Problems) Failed() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return !p.Warning })
}

// Count gives the number of errors and of warnings.
func (ps Problems) Count() (errors, warnings int) {
	for i := range ps {
		if ps[i].Warning {
			warnings++
		} else {
			errors++
		}
	}
	return errors, warnings
}

// Sort orders problems by position, then code, then text, and drops those that are there twice.
func (ps Problems) Sort() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		if a.Column != b.Column {
			return a.Column - b.Column
		}
		if c := strings.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return strings.Compare(a.What, b.What)
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool { return a == b })
}
