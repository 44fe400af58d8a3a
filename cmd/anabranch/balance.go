package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anabranch-go/anabranch/runtime"
)

// printBalance prints what became of the events: a table on standard error, or JSON on standard output.
func printBalance(output string, r runtime.Report) error {
	if output == "json" {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(newBalance(r))
	}
	writeBalance(os.Stderr, r)
	return nil
}

// idle tells whether nothing was even tried, as in a start that is refused: then there is no balance to print.
func idle(r runtime.Report) bool {
	return !slices.ContainsFunc(r.Subs, func(s runtime.SubReport) bool { return s.Records+s.Commits+s.Aborts > 0 })
}

// hotShareMin is the least share of a key that is worth telling.
const hotShareMin = 0.01

// writeBalance writes the table of a report.
func writeBalance(w io.Writer, r runtime.Report) {
	for _, sub := range r.Subs {
		fmt.Fprintf(w, "\n%s: %s in %s, %s", sub.Group, plural(int(sub.Records), "record"), seconds(r.Elapsed), plural(int(sub.Commits), "commit"))
		if sub.Aborts > 0 {
			fmt.Fprintf(w, ", %s", plural(int(sub.Aborts), "abort"))
		}
		if sub.DeadLetters > 0 {
			fmt.Fprintf(w, ", %s", plural(int(sub.DeadLetters), "dead letter"))
		}
		fmt.Fprintln(w)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(table, "operator\ttype\tin\tpassed\tdropped\tdead\t  to")
		for _, o := range sub.Operators {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\t  %s\n", o.Name, o.Type, o.In, o.Passed, o.Dropped, o.Dead, emitted(o.Ports))
		}
		table.Flush()
		for _, s := range sub.Skews {
			fmt.Fprintf(w, "  %s: most on %s, %.0f%%", s.Operator, s.Largest, 100*s.LargestShare)
			if s.HottestShare >= hotShareMin {
				fmt.Fprintf(w, "; hottest key %q, about %.0f%%", s.HottestKey, 100*s.HottestShare)
			}
			fmt.Fprintln(w)
		}
	}
}

// emitted lists the ports of an operator with their counts.
func emitted(ports []runtime.PortReport) string {
	var parts []string
	for _, p := range ports {
		parts = append(parts, fmt.Sprintf("%s %d", p.Stream, p.Emitted))
	}
	return strings.Join(parts, ", ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// balance is the JSON of a report.
type balance struct {
	Pipeline string       `json:"pipeline"`
	Seconds  float64      `json:"seconds"`
	Subs     []subBalance `json:"subs"`
}

type subBalance struct {
	Name        string            `json:"name"`
	Group       string            `json:"group"`
	Records     uint64            `json:"records"`
	DeadLetters uint64            `json:"dead_letters"`
	Commits     uint64            `json:"commits"`
	Aborts      uint64            `json:"aborts"`
	Operators   []operatorBalance `json:"operators"`
}

type operatorBalance struct {
	Name    string        `json:"name"`
	Type    string        `json:"type"`
	In      uint64        `json:"in"`
	Passed  uint64        `json:"passed"`
	Dropped uint64        `json:"dropped"`
	Dead    uint64        `json:"dead"`
	Ports   []portBalance `json:"ports"`
}

type portBalance struct {
	Label   string `json:"label,omitempty"`
	Stream  string `json:"stream"`
	Emitted uint64 `json:"emitted"`
}

func newBalance(r runtime.Report) balance {
	b := balance{Pipeline: r.Pipeline, Seconds: r.Elapsed.Seconds(), Subs: []subBalance{}}
	for _, sub := range r.Subs {
		s := subBalance{
			Name: sub.Name, Group: sub.Group, Records: sub.Records, DeadLetters: sub.DeadLetters,
			Commits: sub.Commits, Aborts: sub.Aborts, Operators: []operatorBalance{},
		}
		for _, o := range sub.Operators {
			operator := operatorBalance{Name: o.Name, Type: o.Type, In: o.In, Passed: o.Passed, Dropped: o.Dropped, Dead: o.Dead, Ports: []portBalance{}}
			for _, p := range o.Ports {
				operator.Ports = append(operator.Ports, portBalance(p))
			}
			s.Operators = append(s.Operators, operator)
		}
		b.Subs = append(b.Subs, s)
	}
	return b
}
