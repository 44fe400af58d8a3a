package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

func explainCommand() *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:   "explain [CODE...]",
		Short: "Say what an error code means, with a wrong and a right example",
		Long: `Explain says what a code such as A0303 means, why it is a mistake, and shows a wrong and a right example.
Without a CODE it lists all codes by group.`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, c := range diagnostic.Codes() {
				ids = append(ids, c.ID+"\t"+c.Meaning)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, ids []string) error {
			if err := oneOf("-o", output, "human", "json"); err != nil {
				return err
			}
			codes := diagnostic.Codes()
			if len(ids) > 0 {
				codes = nil
			}
			for _, id := range ids {
				code, ok := diagnostic.Lookup(id)
				if !ok {
					return unknownCode(id)
				}
				codes = append(codes, code)
			}
			var out bytes.Buffer
			switch {
			case output == "json":
				if err := writeJSON(&out, explanations(codes)); err != nil {
					return err
				}
			case len(ids) == 0:
				printCodes(&out, coloured(c.OutOrStdout()))
			default:
				printExplanations(&out, coloured(c.OutOrStdout()), codes)
			}
			_, err := out.WriteTo(c.OutOrStdout())
			return err
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "human", "print `human or json`")
	return command
}

// unknownCode names the code with the same digits, and else the range of those of its group.
func unknownCode(id string) error {
	digits := strings.TrimLeft(id, "aAeE0")
	for _, c := range diagnostic.Codes() {
		if digits != "" && strings.TrimLeft(c.ID, "A0") == digits {
			return usagef("no code %q; did you mean %s?", id, c.ID)
		}
	}
	for _, g := range diagnostic.Groups() {
		if strings.HasPrefix(strings.ToUpper(id), g.ID) {
			return usagef("no code %q; those of %s are %s to %s", id, g.Name, g.Codes[0].ID, g.Codes[len(g.Codes)-1].ID)
		}
	}
	return usagef("no code %q; `anabranch explain` lists them all", id)
}

// explanation is what explain -o json prints of one code.
type explanation struct {
	Code    string `json:"code"`
	Meaning string `json:"meaning"`
	Text    string `json:"text"`
	Wrong   string `json:"wrong,omitempty"`
	Right   string `json:"right,omitempty"`
}

func explanations(codes []diagnostic.Code) []explanation {
	all := make([]explanation, 0, len(codes))
	for _, c := range codes {
		e := c.Explain()
		all = append(all, explanation{c.ID, c.Meaning, e.Text, e.Wrong, e.Right})
	}
	return all
}

// printCodes lists every code under its group.
func printCodes(w io.Writer, colour bool) {
	for i, g := range diagnostic.Groups() {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, painted(colour, diagnostic.Message, g.ID+" "+g.Name))
		for _, c := range g.Codes {
			fmt.Fprintf(w, "  %s  %s\n", painted(colour, diagnostic.Help, c.ID), c.Meaning)
		}
	}
}

// printExplanations prints each code with its text and its examples.
func printExplanations(w io.Writer, colour bool, codes []diagnostic.Code) {
	for i, c := range codes {
		if i > 0 {
			fmt.Fprintln(w)
		}
		e := c.Explain()
		fmt.Fprintf(w, "%s\n\n%s\n", painted(colour, diagnostic.Message, c.ID+": "+c.Meaning), e.Text)
		printExample(w, painted(colour, diagnostic.Severity, "wrong:"), e.Wrong)
		printExample(w, painted(colour, diagnostic.Help, "right:"), e.Right)
	}
}

func printExample(w io.Writer, title, example string) {
	if example == "" {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for line := range strings.SplitSeq(example, "\n") {
		fmt.Fprintln(w, "    "+line)
	}
}

// painted gives text the colour of a part of a problem.
func painted(colour bool, role diagnostic.Role, text string) string {
	if !colour {
		return text
	}
	return colours[role] + text + "\x1b[0m"
}
