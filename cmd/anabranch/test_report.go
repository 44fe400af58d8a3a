package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/runtime/testdriver"
)

// testReport is what test -o json prints of one file.
type testReport struct {
	File     string           `json:"file"`
	OK       bool             `json:"ok"`
	Problems []problem        `json:"problems"`
	Tests    []testJSON       `json:"tests"`
	Ways     []testdriver.Way `json:"ways,omitempty"`
}

type testJSON struct {
	Name     string        `json:"name"`
	Line     int           `json:"line"`
	OK       bool          `json:"ok"`
	Seeds    int           `json:"seeds"`
	Held     int           `json:"held"`
	Seed     uint64        `json:"seed,omitempty"` // the first with which it failed
	Failures []failureJSON `json:"failures"`
	Paths    []pathJSON    `json:"paths,omitempty"` // of the events that failures are about
	Notes    []string      `json:"notes,omitempty"`
}

type failureJSON struct {
	Of     string            `json:"of"`
	What   string            `json:"what"`
	Remedy string            `json:"remedy,omitempty"`
	Line   int               `json:"line,omitempty"`
	Pairs  []testdriver.Pair `json:"pairs,omitempty"`
	Events []int             `json:"events,omitempty"` // the numbers of their paths
}

type pathJSON struct {
	Stream string     `json:"stream"`
	Number int        `json:"number"`
	Line   int        `json:"line"`
	Event  string     `json:"event"`
	Steps  []stepJSON `json:"steps"` // as trace prints them
}

func writeTestsJSON(w io.Writer, all []tested) error {
	reports := make([]testReport, 0, len(all))
	for i := range all {
		t := &all[i]
		r := testReport{File: t.file, OK: t.pipeline != nil && t.failed() == 0, Tests: []testJSON{}}
		r.Problems = problemsOf(t.problems)
		for k := range t.results {
			r.Tests = append(r.Tests, newTestJSON(&t.results[k]))
		}
		if t.coverage != nil {
			r.Ways = t.coverage.Ways()
		}
		reports = append(reports, r)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(reports)
}

func newTestJSON(r *testdriver.Result) testJSON {
	t := testJSON{Name: r.Test.Name, Line: r.Test.Line, OK: r.OK(), Seeds: r.Seeds, Held: r.Held, Seed: r.Seed, Failures: []failureJSON{}, Notes: r.Notes}
	for i := range r.Failures {
		f := &r.Failures[i]
		failure := failureJSON{Of: f.Of, What: f.What, Remedy: f.Remedy, Line: f.Line, Pairs: f.Pairs}
		for _, p := range f.Paths {
			failure.Events = append(failure.Events, p.Number)
		}
		t.Failures = append(t.Failures, failure)
	}
	for _, p := range pathsOf(r) {
		path := pathJSON{Stream: p.Stream, Number: p.Number, Line: p.Line, Event: p.Event, Steps: []stepJSON{}}
		for _, step := range p.Steps {
			path.Steps = append(path.Steps, jsonOfStep(step))
		}
		t.Paths = append(t.Paths, path)
	}
	return t
}

// pathsOf are the paths of all events that the failures of a test are about, each once, by number.
func pathsOf(r *testdriver.Result) []*testdriver.Path {
	paths := map[int]*testdriver.Path{}
	for i := range r.Failures {
		for k := range r.Failures[i].Paths {
			p := &r.Failures[i].Paths[k]
			paths[p.Number] = p
		}
	}
	return slices.SortedFunc(maps.Values(paths), func(a, b *testdriver.Path) int { return a.Number - b.Number })
}

// The elements of JUnit's XML, as Jenkins and GitLab read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Error   *junitFailure `xml:"error,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",cdata"`
	}
)

// writeJUnit writes a suite for each file. A file that is wrong is an error of a case of its own.
func writeJUnit(w io.Writer, all []tested) error {
	var suites junitSuites
	for i := range all {
		suite := newSuite(&all[i])
		suites.Tests += suite.Tests
		suites.Failures += suite.Failures
		suites.Errors += suite.Errors
		suites.Suites = append(suites.Suites, suite)
	}
	text, err := xml.MarshalIndent(suites, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func newSuite(t *tested) junitSuite {
	if t.pipeline == nil {
		errors, warnings := t.problems.Count()
		wrong := junitCase{Name: "check", Class: t.file, File: t.file, Error: &junitFailure{Message: counted(errors, warnings), Text: xmlSafe(t.problems.Error())}}
		return junitSuite{Name: t.file, Tests: 1, Errors: 1, Cases: []junitCase{wrong}}
	}
	suite := junitSuite{Name: t.file, Tests: len(t.results), Failures: t.failed()}
	for i := range t.results {
		r := &t.results[i]
		c := junitCase{Name: r.Test.Name, Class: t.pipeline.Name, File: t.file, Line: r.Test.Line}
		if !r.OK() {
			var text strings.Builder
			(&testPrinter{w: &text}).failures(r)
			c.Failure = &junitFailure{Message: r.Failures[0].Of + ": " + r.Failures[0].What, Text: xmlSafe(text.String())}
		}
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

// xmlSafe takes out what XML cannot hold, however it is written.
func xmlSafe(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, text)
}
