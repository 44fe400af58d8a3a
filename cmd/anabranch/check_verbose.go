package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/anabranch-go/anabranch/topology"
)

// streamContract is what check -o json prints of a stream.
type streamContract struct {
	Name string `json:"name"`
	Type string `json:"type"`
	topology.Contract
}

func contractsOf(p *topology.Pipeline) []streamContract {
	if p == nil {
		return nil
	}
	all := make([]streamContract, 0, len(p.Streams))
	for _, s := range p.Streams {
		c := streamContract{s.Name, s.Value.TypeName(), s.Contract}
		c.Order = append([]topology.Order{}, c.Order...)
		all = append(all, c)
	}
	return all
}

// printContracts prints a table of the streams of p, and who lost what.
func printContracts(w io.Writer, p *topology.Pipeline) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "stream\ttype\tkey\torder\tpartitioning")
	unverified := false
	for _, s := range p.Streams {
		c := &s.Contract
		row := []string{s.Name, s.Value.TypeName(), marked(c.Key.Equals, c.Key.Unverified), orderText(c), placeText(c)}
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
			unverified = unverified || strings.HasSuffix(cell, "?")
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var lines []string
	for _, s := range p.Streams {
		for _, l := range s.Contract.Lost {
			lines = append(lines, fmt.Sprintf("%s has lost %s by %s", s.Name, l.Fact, l.Operator))
		}
	}
	if unverified {
		lines = append(lines, "? is claimed and not verified; anabranch verify looks at the records")
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func marked(text string, unverified bool) string {
	if unverified && text != "" {
		return text + "?"
	}
	return text
}

// orderText is the order of a stream in a cell; key stands for what the key equals.
func orderText(c *topology.Contract) string {
	var facts []string
	for _, o := range c.Order {
		text := o.String()
		if o.Fact == topology.ByKey && len(o.By) == 1 && o.By[0] == c.Key.Equals {
			text = "key"
		}
		facts = append(facts, marked(text, o.Unverified))
	}
	return strings.Join(facts, ", ")
}

// placeText is the partitioning of a stream in a cell.
func placeText(c *topology.Contract) string {
	p := c.Partitioning
	text := ""
	if p.By != "" && p.By == c.Key.Equals {
		text = "key"
	} else if p.By != "" {
		text = p.By
	}
	if p.Hash == "rendezvous" && text != "" {
		text += " by rendezvous"
	}
	if p.Partitions > 0 {
		text = strings.TrimSpace(fmt.Sprintf("%s over %d", text, p.Partitions))
	}
	return marked(text, p.Unverified)
}
