package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/verify"
	"github.com/anabranch-go/anabranch/topology"
)

func verifyCommand() *cobra.Command {
	var output string
	var options verify.Options
	command := &cobra.Command{
		Use:   "verify FILE",
		Short: "Hold what a file claims of its inputs to the records that are in them",
		Long: `Verify reads the newest records of the topics that come from outside, and holds them to what the file claims: the number
of partitions, the schema, what the key equals, and that each key is in the partition where Kafka's own clients put it. The
contracts that check -v marks with ? are proved from these claims.

It reads what is committed, in no consumer group, and writes nothing. The exit code is 65 where a record contradicts a claim.`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := oneOf("-o", output, "human", "json"); err != nil {
				return err
			}
			if options.Sample < 1 {
				return usagef("--sample %d: want at least 1", options.Sample)
			}
			p, err := load(files[0], topology.Options{Secrets: true})
			if err != nil {
				return err
			}
			found, err := verify.Take(c.Context(), p, options)
			if errors.Is(err, verify.ErrStream) {
				return &usage{err: fmt.Errorf("--stream: %w", err)}
			} else if err != nil {
				return err
			}
			if output == "json" {
				err = writeJSON(c.OutOrStdout(), newVerifyReport(found))
			} else {
				err = printVerify(c.OutOrStdout(), found)
			}
			if n := found.Contradicted(); err == nil && n > 0 {
				err = &status{exitData, fmt.Errorf("%s: %s contradicted by records", p.Name, plural(n, "claim"))}
			}
			return err
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "human", "print `human or json`")
	command.Flags().IntVar(&options.Sample, "sample", verify.DefaultSample, "read at most `N` records of each stream, the newest of each partition")
	command.Flags().StringArrayVar(&options.Streams, "stream", nil, "verify this `STREAM` only; may be repeated")
	return command
}

// printVerify prints a table of each stream, the first records that are wrong, and the verdict.
func printVerify(w io.Writer, found *verify.Report) error {
	sampled := 0
	for _, s := range found.Streams {
		sampled += s.Sampled
		fmt.Fprintf(w, "%s: %s of %s in %s\n", s.Name, plural(s.Sampled, "record"), plural(s.Partitions, "partition"), strings.Join(s.Topics, ", "))
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  check\tclaim\ttried\twrong")
		for _, c := range s.Checks {
			name, claim := c.Name, c.Claim
			if claim == "" {
				claim = "-"
			}
			fmt.Fprintf(table, "  %s\t%s\t%d\t%d\n", name, claim, c.Tried, c.Wrong)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		for _, c := range s.Checks {
			for _, e := range c.Examples {
				fmt.Fprintf(w, "  %s: %s: %s\n", c.Name, e.Place(), e.What)
			}
			if more := c.Wrong - len(c.Examples); more > 0 {
				fmt.Fprintf(w, "  %s: and %d more\n", c.Name, more)
			}
		}
	}
	verdict := "no record contradicts the file"
	switch n := found.Contradicted(); {
	case n > 0:
		verdict = plural(n, "claim") + " contradicted"
	case sampled == 0:
		verdict = "there are no records to verify it by"
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", found.Pipeline, verdict)
	return err
}

// verifyReport is the JSON of a verification.
type verifyReport struct {
	Pipeline     string         `json:"pipeline"`
	Contradicted int            `json:"contradicted"`
	Streams      []verifyStream `json:"streams"`
}

type verifyStream struct {
	Name       string        `json:"name"`
	Topics     []string      `json:"topics"`
	Partitions int           `json:"partitions"`
	Sampled    int           `json:"sampled"`
	Checks     []verifyCheck `json:"checks"`
}

type verifyCheck struct {
	Name     string          `json:"name"`
	Claim    string          `json:"claim,omitempty"`
	Tried    int             `json:"tried"`
	Wrong    int             `json:"wrong"`
	Examples []verifyExample `json:"examples"`
}

type verifyExample struct {
	Place string `json:"place"`
	What  string `json:"what"`
}

func newVerifyReport(found *verify.Report) verifyReport {
	r := verifyReport{Pipeline: found.Pipeline, Contradicted: found.Contradicted(), Streams: []verifyStream{}}
	for _, s := range found.Streams {
		one := verifyStream{Name: s.Name, Topics: s.Topics, Partitions: s.Partitions, Sampled: s.Sampled, Checks: []verifyCheck{}}
		for _, c := range s.Checks {
			check := verifyCheck{Name: c.Name, Claim: c.Claim, Tried: c.Tried, Wrong: c.Wrong, Examples: []verifyExample{}}
			for _, e := range c.Examples {
				check.Examples = append(check.Examples, verifyExample{e.Place(), e.What})
			}
			one.Checks = append(one.Checks, check)
		}
		r.Streams = append(r.Streams, one)
	}
	return r
}
