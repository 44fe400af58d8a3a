package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// column is one thing that is measured, in its unit.
type column struct {
	name   string
	format string
}

// What a race measures, and what a race for latency does.
var (
	drainColumns = []column{
		{"events/s", "%.0f"}, {"CPU s/M", "%.2f"}, {"broker CPU s/M", "%.2f"}, {"peak MiB", "%.0f"}, {"first output s", "%.2f"},
	}
	latencyColumns = []column{
		{"p50 ms", "%.1f"}, {"p99 ms", "%.1f"}, {"p99.9 ms", "%.1f"}, {"CPU s/M", "%.1f"}, {"broker CPU s/M", "%.1f"}, {"peak MiB", "%.0f"},
	}
)

// measure is what one run of one contender gave, by column; NaN: it could not be measured.
type measure []float64

// print writes a table: the medians of each contender, and for each pair of them the median of the ratios of their rounds, with its
// interval.
func print(to io.Writer, columns []column, rivals []string, rounds map[string][]measure) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "contender")
	for _, c := range columns {
		fmt.Fprint(w, "\t", c.name)
	}
	fmt.Fprintln(w)
	for _, role := range rivals {
		fmt.Fprint(w, role)
		for i, c := range columns {
			fmt.Fprint(w, "\t", number(c.format, median(values(rounds[role], i))))
		}
		fmt.Fprintln(w)
	}
	for i, b := range rivals {
		for _, a := range rivals[i+1:] {
			middle, bounds := a+" / "+b, "  95 % interval"
			for c := range columns {
				all := ratios(values(rounds[a], c), values(rounds[b], c))
				middle += "\t" + number("%.2f", median(all))
				bounds += "\t" + between(all)
			}
			fmt.Fprintf(w, "%s\n%s\n", middle, bounds)
		}
	}
	return w.Flush()
}

func values(rounds []measure, column int) []float64 {
	var all []float64
	for _, m := range rounds {
		all = append(all, m[column])
	}
	return all
}

func number(format string, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return fmt.Sprintf(format, v)
}

func between(all []float64) string {
	low, high, ok := interval(all)
	if !ok {
		return "–"
	}
	return number("%.2f", low) + "–" + number("%.2f", high)
}
