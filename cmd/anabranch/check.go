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
	var output string
	command := &cobra.Command{
		Use:   "check FILE...",
		Short: "Find every mistake of pipeline files, offline",
		Long: `Check proves pipeline files against their schemas, with no broker: names, types, nullable fields, what is never
written or read. It reports all mistakes at once. - is standard input. Exits 78 where a file is wrong.`,
		Args: arguments(1, 0, "one FILE or more"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := oneOf("-o", output, "human", "json"); err != nil {
				return err
			}
			var out bytes.Buffer
			err := check(&out, coloured(c.OutOrStdout()), files, output)
			if _, failed := out.WriteTo(c.OutOrStdout()); failed != nil {
				return failed
			}
			return err
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "human", "print `human or json`")
	return command
}

// check checks each file and prints what it finds.
func check(w io.Writer, colour bool, files []string, output string) error {
	verdicts := make([]verdict, 0, len(files))
	failed := false
	for _, file := range files {
		p, err := load(file, topology.Options{})
		var problems diagnostic.Problems
		if err != nil && !errors.As(err, &problems) {
			return err
		}
		if p != nil {
			problems = p.Warnings
		}
		failed = failed || err != nil
		if output == "human" {
			printProblems(w, colour, problems)
			printVerdict(w, shown(file), p, problems)
		}
		verdicts = append(verdicts, newVerdict(shown(file), err == nil, problems))
	}
	if output == "json" {
		if err := writeJSON(w, verdicts); err != nil {
			return err
		}
	}
	if failed {
		return &status{code: exitConfig}
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
	File     string    `json:"file"`
	OK       bool      `json:"ok"`
	Problems []problem `json:"problems"`
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
}

func newVerdict(file string, ok bool, problems diagnostic.Problems) verdict {
	v := verdict{File: file, OK: ok, Problems: []problem{}}
	for i := range problems {
		p := &problems[i]
		v.Problems = append(v.Problems, problem{
			Code: p.Code, Severity: p.Severity(), File: p.File, Line: p.Line, Column: p.Column, Width: p.Width,
			Message: p.What, Remedy: p.Remedy,
		})
	}
	return v
}
