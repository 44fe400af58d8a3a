package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

func checkCommand() *cobra.Command {
	var c checking
	command := &cobra.Command{
		Use:   "check FILE...",
		Short: "Find every mistake of pipeline files, offline",
		Long: `Check proves pipeline files against their schemas, with no broker: names, types, nullable fields, what is never
written or read. It reports all mistakes at once, and with -v what it proved of each stream: the key, the order, the partitioning.
- is standard input. Exits 78 where a file is wrong.`,
		Args: arguments(1, 0, "one FILE or more"),
		RunE: func(command *cobra.Command, files []string) error {
			if err := oneOf("-o", c.output, "human", "json", "sarif"); err != nil {
				return err
			}
			var out bytes.Buffer
			run := c.check
			if len(c.schemas) > 0 {
				run = c.blast
			}
			err := run(&out, coloured(command.OutOrStdout()), files)
			if _, failed := out.WriteTo(command.OutOrStdout()); failed != nil {
				return failed
			}
			return err
		},
	}
	command.Flags().StringVarP(&c.output, "output", "o", "human", "print `human, json or sarif`")
	command.Flags().BoolVarP(&c.verbose, "verbose", "v", false, "print the contract of each stream")
	c.schemaFlag(command)
	command.Flags().BoolVar(&c.deny, "deny-warnings", false, "exit 78 where there is a warning, too")
	return command
}

// checking is what check was asked to do.
type checking struct {
	output        string
	verbose, deny bool
	schemas       []string // STREAM=FILE
}

// finding is what was found in one file.
type finding struct {
	file       string
	pipeline   *topology.Pipeline // nil: the file is wrong
	problems   diagnostic.Problems
	unreadable error // the file could not be read at all
}

// check checks each file and prints what it finds. A file that cannot be read does not keep it from the others.
func (c *checking) check(w io.Writer, colour bool, files []string) error {
	found := make([]finding, 0, len(files))
	wrong, unreadable := false, error(nil)
	for _, file := range files {
		f := find(file)
		found = append(found, f)
		switch {
		case f.unreadable != nil:
			if unreadable != nil {
				complain(unreadable)
			}
			unreadable = f.unreadable
		case c.output == "human":
			if err := c.print(w, colour, f); err != nil {
				return err
			}
		}
		wrong = wrong || f.unreadable == nil && !c.passes(f)
	}
	if err := c.printAll(w, found); err != nil {
		return err
	}
	if wrong {
		return &status{code: exitConfig, err: unreadable}
	}
	return unreadable
}

func find(file string) finding {
	f := finding{file: shown(file)}
	p, err := load(file, topology.Options{})
	if err != nil && !errors.As(err, &f.problems) {
		f.unreadable = err
	}
	if f.pipeline = p; p != nil {
		f.problems = p.Warnings
	}
	return f
}

// passes tells whether the file is right, and without warnings where they are denied.
func (c *checking) passes(f finding) bool {
	return f.pipeline != nil && !(c.deny && len(f.problems) > 0)
}

// print prints what was found in one file, for people.
func (c *checking) print(w io.Writer, colour bool, f finding) error {
	printProblems(w, colour, f.problems)
	switch errors, warnings := f.problems.Count(); {
	case errors == 0 && !c.passes(f):
		fmt.Fprintf(w, "%s: %s, and warnings are denied\n", f.file, plural(warnings, "warning"))
	default:
		printVerdict(w, f.file, f.pipeline, f.problems)
	}
	if c.verbose && f.pipeline != nil {
		return printContracts(w, f.pipeline)
	}
	return nil
}

// printAll prints what was found in all files, for programs.
func (c *checking) printAll(w io.Writer, found []finding) error {
	switch c.output {
	case "sarif":
		return printSARIF(w, found)
	case "json":
		verdicts := make([]verdict, len(found))
		for i, f := range found {
			verdicts[i] = c.verdict(f)
		}
		return writeJSON(w, verdicts)
	}
	return nil
}

// writeJSON writes v with indentation, and < and & as they are.
func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

func printVerdict(w io.Writer, file string, p *topology.Pipeline, problems diagnostic.Problems) {
	errors, warnings := problems.Count()
	switch {
	case errors > 0:
		fmt.Fprintf(w, "%s: %s\n", file, counted(errors, warnings))
	default:
		fmt.Fprintf(w, "%s: ok: pipeline %s, %s, %s", file, p.Name, plural(len(p.Operators), "operator"), plural(len(p.Subs), "sub-topology"))
		if warnings > 0 {
			fmt.Fprintf(w, ", %s", plural(warnings, "warning"))
		}
		fmt.Fprintln(w)
	}
}

func counted(errors, warnings int) string {
	text := plural(errors, "error")
	if warnings > 0 {
		text += ", " + plural(warnings, "warning")
	}
	return text
}

// plural gives n and the noun in the right number.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	case strings.HasSuffix(noun, "sh"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// verdict is what check -o json prints of one file.
type verdict struct {
	File     string           `json:"file"`
	OK       bool             `json:"ok"`
	Error    string           `json:"error,omitempty"` // why the file could not be read
	Problems []problem        `json:"problems"`
	Streams  []streamContract `json:"streams,omitempty"`
}

type problem struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Width    int    `json:"width,omitempty"`
	Message  string `json:"message"`
	Remedy   string `json:"remedy,omitempty"`
	// Replacement is to be written in the place of what is marked; it is absent where that is not all of the remedy.
	Replacement string `json:"replacement,omitempty"`
}

func (c *checking) verdict(f finding) verdict {
	v := verdict{File: f.file, OK: c.passes(f), Problems: problemsOf(f.problems), Streams: contractsOf(f.pipeline)}
	if f.unreadable != nil {
		v.Error = f.unreadable.Error()
	}
	return v
}

func problemsOf(problems diagnostic.Problems) []problem {
	all := make([]problem, 0, len(problems))
	for i := range problems {
		p := &problems[i]
		replacement, _ := p.Replacement()
		all = append(all, problem{
			Code: p.Code, Severity: p.Severity(), File: p.File, Line: p.Line, Column: p.Column, Width: p.Width,
			Message: p.What, Remedy: p.Remedy, Replacement: replacement,
		})
	}
	return all
}
