package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/anabranch-go/anabranch/runtime/plan"
	classes "github.com/anabranch-go/anabranch/topology/fingerprint"
)

// signs are the characters that stand before changes, and their colours on a terminal.
var signs = map[plan.Action]struct{ sign, colour string }{
	plan.Create: {"+", "\x1b[32m"},
	plan.Update: {"~", "\x1b[33m"},
	plan.Delete: {"-", "\x1b[31m"},
	plan.Keep:   {"=", ""},
	plan.Need:   {"!", "\x1b[1;33m"},
	plan.Block:  {"!", "\x1b[1;31m"},
}

// asks says what each class asks of whoever deploys.
var asks = map[classes.Class]string{
	classes.None:    "no worker has to be restarted",
	classes.Rolling: "start or restart the workers one after the other",
	classes.Drain:   "stop the workers once they have read what is named below, apply, and start them",
	classes.Rebuild: "stop the workers, apply, and start them; what was written before does not fit what follows",
}

// columns is how wide plain text may be.
const columns = 100

// printPlan prints a plan.
func printPlan(w io.Writer, p *plan.Plan, output string) error {
	if output == "json" {
		text, err := p.Text()
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	if p.Empty() {
		fmt.Fprintf(w, "%s: no changes\n", p.Pipeline)
	} else {
		folded(w, "", "  ", fmt.Sprintf("%s: %s, class %s: %s", p.Pipeline, plural(len(p.Changes), "change"), p.Class, asks[p.Class]))
	}
	colour := coloured(w)
	for _, c := range p.Changes {
		printPlanned(w, c, colour)
	}
	for i, r := range p.Remarks {
		if i == 0 {
			fmt.Fprintln(w)
		}
		folded(w, "note: ", "      ", r)
	}
	return printCost(w, p.Cost)
}

// printPlanned prints one change: on one line if it fits, else its values and its reason on lines of their own.
func printPlanned(w io.Writer, c plan.Change, colour bool) {
	sign, head := signs[c.Action].sign, fmt.Sprintf("%s %s", c.Kind, c.Name)
	if paint := signs[c.Action].colour; colour && paint != "" {
		sign = paint + sign + "\x1b[0m"
	}
	var rest []string
	for _, text := range []string{valuesText(c), whyText(c)} {
		if text != "" {
			rest = append(rest, text)
		}
	}
	whole := strings.Join(append([]string{head}, strings.Join(rest, "; ")), ": ")
	if len([]rune(whole))+len("  + ") <= columns && len(rest) > 0 {
		fmt.Fprintf(w, "  %s %s\n", sign, whole)
		return
	}
	fmt.Fprintf(w, "  %s %s\n", sign, head)
	if values := valuesText(c); len([]rune(values)) > columns/2 {
		fmt.Fprintf(w, "      was %s\n      is  %s\n", orNothing(c.From), orNothing(c.To))
	} else if values != "" {
		fmt.Fprintln(w, "     ", values)
	}
	if why := whyText(c); why != "" {
		folded(w, "      ", "      ", why)
	}
}

// valuesText says what was and what is.
func valuesText(c plan.Change) string {
	switch {
	case c.From == "" && c.To == "":
		return ""
	case c.From == "":
		return oneLineOf(c.To)
	case c.To == "":
		return "was " + oneLineOf(c.From)
	}
	return oneLineOf(c.From) + " → " + oneLineOf(c.To)
}

func orNothing(text string) string {
	if text == "" {
		return "not there"
	}
	return oneLineOf(text)
}

func whyText(c plan.Change) string {
	var parts []string
	if c.Class > classes.Rolling {
		parts = append(parts, c.Class.String())
	}
	if c.Why != "" {
		parts = append(parts, c.Why)
	}
	text := strings.Join(parts, ": ")
	if c.Action == plan.Keep && c.Kind != plan.IDsKind {
		text += "; it stays without --allow-delete"
	}
	return strings.TrimPrefix(text, "; ")
}

// oneLineOf is text without line breaks: expressions may have some.
func oneLineOf(text string) string { return strings.Join(strings.Fields(text), " ") }

// folded prints text in lines of columns at most, where it has spaces.
func folded(w io.Writer, first, rest, text string) {
	line := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case len([]rune(line))+1+len([]rune(word)) > columns:
			fmt.Fprintln(w, line)
			line = rest + word
		default:
			line += " " + word
		}
	}
	fmt.Fprintln(w, line)
}

// printCost prints what the pipeline takes of its cluster.
func printCost(w io.Writer, c plan.Cost) error {
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "topics\tpartitions\treplicas\tmarkers/s, at most\twith each further worker\tconnections of a worker\t")
	fmt.Fprintf(table, "%d\t%d\t%d\t%d\t+%d\t%d\t\n", c.Topics, c.Partitions, c.Replicas, c.Markers, c.MarkersMore, c.Connections)
	return table.Flush()
}
