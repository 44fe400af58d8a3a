package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/runtime/testdriver"
	"github.com/anabranch-go/anabranch/runtime/trace"
)

// testPrinter writes for people what came of tests.
type testPrinter struct {
	w      io.Writer
	colour bool
	table  bool // of the coverage
}

// The colours of a test's outcome.
const (
	colourRight = "\x1b[32m"
	colourWrong = "\x1b[31m"
	colourBold  = "\x1b[1m"
	colourFaint = "\x1b[2m"
)

func (p *testPrinter) paint(colour, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return colour + text + "\x1b[0m"
}

func (p *testPrinter) file(t *tested) {
	if t.pipeline == nil {
		printProblems(p.w, p.colour, t.problems)
		errors, warnings := t.problems.Count()
		fmt.Fprintf(p.w, "%s: %s\n", t.file, counted(errors, warnings))
		return
	}
	for i := range t.results {
		p.result(&t.results[i])
	}
	failed := t.failed()
	switch {
	case len(t.pipeline.Tests) == 0:
		fmt.Fprintf(p.w, "%s: no tests; say what the pipeline does under `tests:`\n", t.file)
		return
	case failed > 0:
		fmt.Fprintf(p.w, "%s: %s", t.file, p.paint(colourWrong, fmt.Sprintf("%d of %s failed", failed, plural(len(t.results), "test"))))
	default:
		fmt.Fprintf(p.w, "%s: %s", t.file, p.paint(colourRight, plural(len(t.results), "test")+" ok"))
	}
	if t.coverage == nil {
		fmt.Fprintln(p.w)
		return
	}
	p.coverage(t.coverage.Ways())
}

func (p *testPrinter) result(r *testdriver.Result) {
	if r.OK() {
		fmt.Fprintf(p.w, "%s    %s\n", p.paint(colourRight, "ok"), r.Test.Name)
	} else {
		fmt.Fprintf(p.w, "%s  %s %s\n", p.paint(colourWrong, "FAIL"), p.paint(colourBold, r.Test.Name), p.paint(colourFaint, fmt.Sprintf("(line %d)", r.Test.Line)))
		p.failures(r)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(p.w, "      note: %s\n", note)
	}
}

// pathsMax is of how many events of a test the paths are shown.
const pathsMax = 5

// failures writes what is not as a test says, and then the paths of all events concerned, each once.
func (p *testPrinter) failures(r *testdriver.Result) {
	for i := range r.Failures {
		f := &r.Failures[i]
		at := ""
		if f.Line > 0 {
			at = p.paint(colourFaint, fmt.Sprintf(" (line %d)", f.Line))
		}
		fmt.Fprintf(p.w, "\n      %s: %s%s\n", p.paint(colourBold, f.Of), f.What, at)
		if f.Remedy != "" {
			fmt.Fprintf(p.w, "      if that is right, %s\n", f.Remedy)
		}
		if len(f.Pairs) > 0 {
			p.pairs(f.Pairs)
		}
	}
	paths := pathsOf(r)
	for _, path := range paths[:min(pathsMax, len(paths))] {
		p.path(path)
	}
	if more := len(paths) - pathsMax; more > 0 {
		fmt.Fprintf(p.w, "\n      … and %s more\n", plural(more, "event"))
	}
	if r.Held > 0 {
		fmt.Fprintf(p.w, "\n      it depends on the order of arrival: it holds with %d of %s; --seed %d shows this again\n", r.Held, plural(r.Seeds, "seed"), r.Seed)
	}
	fmt.Fprintln(p.w)
}

// The widths of the columns in which an expected event stands beside one that came.
const (
	fieldMax = 24
	sideMax  = 31
	// pairsMax is how many of them are shown.
	pairsMax = 20
	// surplusMax is the width of an event that nobody expected.
	surplusMax = 76
)

func (p *testPrinter) pairs(pairs []testdriver.Pair) {
	field, want, got := len("line 1"), len("expected"), len("got")
	for i := range pairs {
		for _, r := range pairs[i].Rows {
			field = max(field, min(fieldMax, utf8.RuneCountInString(r.Field)))
			want = max(want, min(sideMax, utf8.RuneCountInString(r.Want)))
			got = max(got, min(sideMax, utf8.RuneCountInString(r.Got)))
		}
	}
	line := func(mark, a, b, c, colourB, colourC string) {
		a, b, c = trace.Cut(printable(a), fieldMax), trace.Cut(printable(b), sideMax), trace.Cut(printable(c), sideMax)
		padA, padB := strings.Repeat(" ", max(0, field-utf8.RuneCountInString(a))), strings.Repeat(" ", max(0, want-utf8.RuneCountInString(b)))
		text := fmt.Sprintf("      %s %s%s  %s%s  %s", mark, a, padA, p.paint(colourB, b), padB, p.paint(colourC, c))
		fmt.Fprintln(p.w, strings.TrimRight(text, " "))
	}
	for i := range pairs {
		if i == pairsMax {
			fmt.Fprintf(p.w, "      … and %s more\n", plural(len(pairs)-i, "event"))
			break
		}
		pair := &pairs[i]
		switch {
		case pair.Surplus != "":
			fmt.Fprintf(p.w, "      + not expected: %s\n", p.paint(colourWrong, trace.Cut(printable(pair.Surplus), surplusMax)))
		case i == 0:
			line(" ", "", "expected", "got", colourFaint, colourFaint)
		case len(pair.Rows) > 1:
			fmt.Fprintln(p.w)
		}
		for k, r := range pair.Rows {
			mark, want, got := " ", "", ""
			if r.Differs {
				mark, want, got = "≠", colourRight, colourWrong
			}
			if pair.Missing {
				mark, r.Got = "-", ""
				if k == 0 {
					r.Got = "(nothing)"
				}
			}
			line(mark, r.Field, r.Want, r.Got, want, got)
		}
	}
}

// path writes what became of one given event.
func (p *testPrinter) path(path *testdriver.Path) {
	head := fmt.Sprintf("event %d, line %d, to %s: ", path.Number, path.Line, path.Stream)
	fmt.Fprintf(p.w, "\n      %s%s\n", head, trace.Cut(printable(path.Event), max(20, 92-len(head))))
	for _, step := range path.Steps {
		for line := range strings.Lines(step.String()) {
			fmt.Fprintf(p.w, "        %s", line)
		}
	}
}

// coverage says which ways out of operators no test takes, and with the table how many events leave by each.
func (p *testPrinter) coverage(ways []testdriver.Way) {
	var never []string
	for i := range ways {
		if ways[i].Never != "" {
			never = append(never, "  "+ways[i].Never+"\n")
		}
	}
	fmt.Fprintf(p.w, "; %d of %d ways taken\n%s", len(ways)-len(never), len(ways), strings.Join(never, ""))
	if !p.table {
		return
	}
	fmt.Fprintln(p.w)
	table := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  operator\ttype\tway\tto\tevents")
	last := ""
	for _, w := range ways {
		operator, typ := w.Operator, w.Type
		if operator == last {
			operator, typ = "", ""
		}
		last = w.Operator
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%d\n", operator, typ, trace.Cut(w.Way, 40), w.To, w.Events)
	}
	table.Flush()
}
