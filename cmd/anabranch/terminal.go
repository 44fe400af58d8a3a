package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// terminal tells whether w is a terminal.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// coloured tells whether what is written to w may have colours.
func coloured(w io.Writer) bool {
	return terminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// The colours of the parts of a problem.
var colours = map[diagnostic.Role]string{
	diagnostic.Location: "\x1b[1m",
	diagnostic.Severity: "\x1b[1;31m",
	diagnostic.Message:  "\x1b[1m",
	diagnostic.Help:     "\x1b[36m",
	diagnostic.Caret:    "\x1b[1;31m",
}

// printProblems writes problems with the lines that they are about, and a caret under each place.
func printProblems(w io.Writer, colour bool, problems diagnostic.Problems) {
	for i := range problems {
		for _, span := range problems[i].Spans() {
			start := colours[span.Role]
			if span.Role == diagnostic.Severity && problems[i].Warning {
				start = "\x1b[1;33m"
			}
			if !colour || start == "" {
				io.WriteString(w, span.Text)
				continue
			}
			io.WriteString(w, start+span.Text+"\x1b[0m")
		}
	}
}
