package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/audit"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/topology"
)

func auditCommand() *cobra.Command {
	var output string
	var count bool
	command := &cobra.Command{
		Use:   "audit FILE",
		Short: "Prove from the cluster that no event was lost or counted twice between the operators",
		Long: `Audit reads what the workers have committed beside their positions: for each operator, how many events it took in, passed,
dropped and rejected since the pipeline first ran, whatever crashed meanwhile. It holds that to the laws of the balance, to the
positions, and with --count to the records in the topics.

It may run while the pipeline does, and writes nothing. The exit code is 65 where something does not add up.`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := oneOf("-o", output, "human", "json"); err != nil {
				return err
			}
			p, err := load(files[0], topology.Options{Partitioner: client.Partition})
			if err != nil {
				return err
			}
			found, err := audit.Take(c.Context(), p, audit.Options{Count: count})
			if err != nil {
				return err
			}
			if output == "json" {
				err = printAuditJSON(c.OutOrStdout(), found)
			} else {
				err = printAudit(c.OutOrStdout(), found)
			}
			if err != nil {
				return err
			}
			return auditVerdict(found)
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "human", "print `human or json`")
	command.Flags().BoolVar(&count, "count", false, "read the topics, too, and count their committed records")
	return command
}

// auditVerdict is an error where something does not add up.
func auditVerdict(found *audit.Audit) error {
	switch {
	case len(found.Imbalances) > 0:
		return &status{exitData, fmt.Errorf("%s does not balance: %s", found.Pipeline, found.Imbalances[0])}
	case !found.Proved():
		return &status{exitData, fmt.Errorf("%s cannot be audited: all that is counted was %w", found.Pipeline, unreadableTally(found))}
	}
	return nil
}

func unreadableTally(found *audit.Audit) error {
	for _, s := range found.Subs {
		for _, p := range s.Partitions {
			if p.Err != nil {
				return p.Err
			}
		}
	}
	return nil
}

// printAudit prints a table of each sub-topology, and the verdict.
func printAudit(w io.Writer, found *audit.Audit) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, s := range found.Subs {
		var records uint64
		for _, p := range s.Partitions {
			records += p.Records
		}
		fmt.Fprintf(w, "%s: %s, %s\n", s.Group, plural(int(records), "record"), plural(len(s.Partitions), "partition"))
		fmt.Fprintln(table, "operator\ttype\tin\tpassed\tdropped\tdead\t  to")
		for _, o := range s.Operators {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\t  ", o.Name, o.Type, o.In, o.Passed, o.Dropped, o.Dead)
			for i, port := range o.Ports {
				if i > 0 {
					fmt.Fprint(table, ", ")
				}
				fmt.Fprintf(table, "%s %d", port.Stream, port.Emitted)
			}
			fmt.Fprintln(table)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	for _, t := range found.Topics {
		fmt.Fprintf(w, "topic %s holds %s, %d are counted", t.Topic, plural(int(t.Records), "committed record"), t.Most)
		if t.Replayed > 0 {
			fmt.Fprintf(w, "; %d of them were replayed", t.Replayed)
		}
		fmt.Fprintln(w)
	}
	for _, r := range found.Remarks {
		fmt.Fprintf(w, "note: %s\n", r)
	}
	for _, i := range found.Imbalances {
		fmt.Fprintf(w, "IMBALANCE: %s\n", i)
	}
	word := "balanced"
	if auditVerdict(found) != nil {
		word = "NOT balanced"
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", found.Pipeline, word)
	return err
}

// auditReport is the JSON of an audit.
type auditReport struct {
	Pipeline   string           `json:"pipeline"`
	Balanced   bool             `json:"balanced"`
	Subs       []auditSub       `json:"subs"`
	Topics     []auditTopic     `json:"topics,omitempty"`
	Imbalances []auditImbalance `json:"imbalances"`
	Notes      []string         `json:"notes"`
}

type auditSub struct {
	Name       string            `json:"name"`
	Group      string            `json:"group"`
	Partitions []auditPartition  `json:"partitions"`
	Operators  []operatorBalance `json:"operators"`
}

type auditPartition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	From      int64  `json:"from"`
	Position  int64  `json:"position"`
	Records   uint64 `json:"records"`
	Unaudited string `json:"unaudited,omitempty"`
}

type auditTopic struct {
	Topic    string `json:"topic"`
	Stream   string `json:"stream"`
	Records  uint64 `json:"records"`
	Replayed uint64 `json:"replayed"`
	Counted  uint64 `json:"counted"`
}

type auditImbalance struct {
	Sub       string `json:"sub,omitempty"`
	Operator  string `json:"operator,omitempty"`
	Topic     string `json:"topic"`
	Partition *int32 `json:"partition,omitempty"`
	What      string `json:"what"`
}

func printAuditJSON(w io.Writer, found *audit.Audit) error {
	r := auditReport{Pipeline: found.Pipeline, Balanced: auditVerdict(found) == nil, Subs: []auditSub{}, Imbalances: []auditImbalance{}, Notes: append([]string{}, found.Remarks...)}
	for _, s := range found.Subs {
		sub := auditSub{Name: s.Name, Group: s.Group, Partitions: []auditPartition{}, Operators: []operatorBalance{}}
		for _, p := range s.Partitions {
			one := auditPartition{Topic: p.Topic, Partition: p.Partition, From: p.From, Position: p.Position, Records: p.Records}
			if p.Err != nil {
				one.Unaudited = p.Err.Error()
			}
			sub.Partitions = append(sub.Partitions, one)
		}
		for _, o := range s.Operators {
			operator := operatorBalance{Name: o.Name, Type: o.Type, In: o.In, Passed: o.Passed, Dropped: o.Dropped, Dead: o.Dead, Ports: []portBalance{}}
			for _, port := range o.Ports {
				operator.Ports = append(operator.Ports, portBalance{Stream: port.Stream, Emitted: port.Emitted})
			}
			sub.Operators = append(sub.Operators, operator)
		}
		r.Subs = append(r.Subs, sub)
	}
	for _, t := range found.Topics {
		r.Topics = append(r.Topics, auditTopic{t.Topic, t.Stream, t.Records, t.Replayed, t.Most})
	}
	for _, i := range found.Imbalances {
		one := auditImbalance{Sub: i.Sub, Operator: i.Operator, Topic: i.Topic, What: i.What}
		if i.Partition >= 0 {
			one.Partition = &i.Partition
		}
		r.Imbalances = append(r.Imbalances, one)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
