package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/replay"
	"github.com/anabranch-go/anabranch/topology"
)

func dlqListCommand() *cobra.Command {
	var f dlqFlags
	var replayed bool
	command := &cobra.Command{
		Use:   "list FILE",
		Short: "Group the dead letters by operator and code",
		Long: `List reads the dead letters of a pipeline that are committed at present, and groups them by the operator that rejected
them and the code of the reason. Letters that were replayed are counted apart. Times are those of the events themselves.`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return interrupted(c.Context(), dlqList(c.Context(), c.OutOrStdout(), args[0], f, replayed))
		},
	}
	f.add(command, "print at most `N` groups, those with the most letters; 0 is all")
	command.Flags().BoolVar(&replayed, "replayed", false, "list groups of which every letter was replayed, too")
	return command
}

func dlqList(ctx context.Context, w io.Writer, file string, f dlqFlags, replayed bool) error {
	p, err := loadForLetters(file)
	if err != nil {
		return err
	}
	filter, err := f.filter(p, "")
	if err != nil {
		return err
	}
	desk, err := openLetters(ctx, p)
	if err != nil {
		return err
	}
	defer desk.Close()
	groups, err := desk.List(ctx, filter)
	if err != nil {
		return unmade(p, err)
	}
	var listed []*replay.Group
	for _, g := range groups.Sorted() {
		if (g.Waiting > 0 || replayed) && (f.limit == 0 || len(listed) < f.limit) {
			listed = append(listed, g)
		}
	}
	all := letterList{Pipeline: p.Name, Topic: p.OnError.DeadLetter, Foreign: desk.Foreign, Groups: []letterGroup{}}
	all.Letters, all.Replayed = groups.Total().Waiting, groups.Total().Replayed
	for _, g := range listed {
		all.Groups = append(all.Groups, newLetterGroup(g))
	}
	if f.output == "json" {
		return printJSON(w, all)
	}
	return writeLetterList(w, all, p)
}

// letterList is the JSON of a list.
type letterList struct {
	Pipeline string        `json:"pipeline"`
	Topic    string        `json:"topic"`
	Letters  int           `json:"letters"`  // not replayed
	Replayed int           `json:"replayed"` // before
	Foreign  int           `json:"foreign"`  // records that are no dead letters of this pipeline
	Groups   []letterGroup `json:"groups"`
}

type letterGroup struct {
	Operator   string   `json:"operator"`
	Code       string   `json:"code"`
	Letters    int      `json:"letters"`
	Replayed   int      `json:"replayed"`
	First      string   `json:"first"`
	Last       string   `json:"last"`
	Reason     string   `json:"reason"` // of the last letter, as are expression, origin and at
	Expression string   `json:"expression,omitempty"`
	Origin     string   `json:"origin"`
	At         string   `json:"at"`
	Revisions  []string `json:"revisions"`
}

func newLetterGroup(g *replay.Group) letterGroup {
	return letterGroup{
		Operator: g.Operator, Code: g.Code, Letters: g.Waiting, Replayed: g.Replayed, First: clock(g.First), Last: clock(g.Last),
		Reason: g.Reason, Expression: g.Expression, Origin: g.Example.String(),
		At: fmt.Sprintf("%d:%d", g.Place.Partition, g.Place.Offset), Revisions: g.Revisions,
	}
}

// printJSON prints one value, indented.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

func writeLetterList(w io.Writer, all letterList, p *topology.Pipeline) error {
	fmt.Fprintf(w, "%s in %s", plural(all.Letters, "dead letter"), all.Topic)
	if all.Replayed > 0 {
		fmt.Fprintf(w, ", and %d that were replayed", all.Replayed)
	}
	if all.Foreign > 0 {
		fmt.Fprintf(w, ", and %s that are no dead letters of pipeline %s", plural(all.Foreign, "record"), p.Name)
	}
	fmt.Fprintln(w)
	if len(all.Groups) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "operator\tcode\tletters\treplayed\tfirst\tlast\tat\torigin")
	for _, g := range all.Groups {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", printable(g.Operator), printable(g.Code), g.Letters, g.Replayed, g.First, g.Last, g.At, printable(g.Origin))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, g := range all.Groups {
		fmt.Fprintf(w, "\n%s, %s: %s\n", printable(g.Operator), printable(g.Code), printable(g.Reason))
		if g.Expression != "" {
			fmt.Fprintf(w, "  in %s\n", printable(g.Expression))
		}
		writeRevisions(w, g.Revisions, p)
	}
	return nil
}

// writeRevisions tells where the letters are from another version of the file.
func writeRevisions(w io.Writer, revisions []string, p *topology.Pipeline) {
	for _, r := range revisions {
		if r != p.Revision {
			fmt.Fprintf(w, "  by revision %s of the file, which is %s now\n", printable(r), p.Revision)
		}
	}
}
