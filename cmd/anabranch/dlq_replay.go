package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/replay"
	"github.com/anabranch-go/anabranch/topology"
)

// replayFlags are the flags of dlq replay.
type replayFlags struct {
	dlqFlags
	apply       bool
	rate        string
	attemptsMax int
}

func dlqReplayCommand() *cobra.Command {
	var f replayFlags
	command := &cobra.Command{
		Use:   "replay FILE [PARTITION:OFFSET]",
		Short: "Let dead letters enter again at the operators that rejected them",
		Long: `Replay tells what would become of the dead letters of a pipeline, or of the one at PARTITION:OFFSET, if they entered again
at the operators that rejected them, in the pipeline as FILE now is. With --apply they do, each exactly once: in one
transaction with a mark in the topic PIPELINE-replay that says so. What is rejected again is a new dead letter.`,
		Args: arguments(1, 2, "one FILE and one PARTITION:OFFSET"),
		RunE: func(c *cobra.Command, args []string) error { return dlqReplay(c.Context(), c.OutOrStdout(), args, f) },
	}
	f.add(command, "replay at most `N` letters; 0 is all")
	flags := command.Flags()
	flags.BoolVar(&f.apply, "apply", false, "replay; without it nothing is written")
	flags.StringVar(&f.rate, "rate", "", "let at most `N/s` letters enter (default no limit)")
	flags.IntVar(&f.attemptsMax, "max-attempts", replay.AttemptsMax, "leave letters alone that have failed `N` times at one operator")
	return command
}

func (f *replayFlags) order(p *topology.Pipeline, at string) (o replay.Order, err error) {
	if o.Filter, err = f.filter(p, at); err != nil {
		return o, err
	}
	if f.attemptsMax < 1 {
		return o, usagef("--max-attempts %d: want 1 or more", f.attemptsMax)
	}
	o.LettersMax, o.AttemptsMax = f.limit, f.attemptsMax
	if f.rate == "" {
		return o, nil
	}
	number, _ := strings.CutSuffix(f.rate, "/s")
	if o.PerSecond, err = strconv.Atoi(number); err != nil || o.PerSecond < 1 || o.PerSecond > 1_000_000 {
		return o, usagef("--rate %q: want 1/s to 1000000/s", f.rate)
	}
	return o, nil
}

func dlqReplay(ctx context.Context, w io.Writer, args []string, f replayFlags) error {
	p, err := loadForLetters(args[0])
	if err != nil {
		return err
	}
	order, err := f.order(p, strings.Join(args[1:], ""))
	if err != nil {
		return err
	}
	desk, err := openLetters(ctx, p)
	if err != nil {
		return err
	}
	defer desk.Close()
	work := desk.DryRun
	if f.apply {
		work = desk.Replay
	}
	report, err := work(ctx, order)
	if report == nil {
		return interrupted(ctx, err)
	}
	if ctx.Err() != nil {
		err = &status{code: exitTemporary, err: errors.New("stopped before the end; the same command goes on from here")}
	}
	out := newReplayed(p, report, f.apply)
	if f.output == "json" {
		return first(err, printJSON(w, out))
	}
	return first(err, writeReplayed(w, out, p))
}

// replayed is the JSON of a replay.
type replayed struct {
	Pipeline string          `json:"pipeline"`
	Revision string          `json:"revision"`
	Applied  bool            `json:"applied"`
	Passed   int             `json:"passed"`
	Failed   int             `json:"failed"`
	Left     int             `json:"left"`
	Replayed int             `json:"replayed"` // before
	Written  map[string]int  `json:"written"`  // records by stream
	Groups   []replayedGroup `json:"groups"`
}

type replayedGroup struct {
	Operator  string         `json:"operator"`
	Code      string         `json:"code"`
	Passed    int            `json:"passed"`
	Failed    int            `json:"failed"`
	Left      int            `json:"left"`
	Replayed  int            `json:"replayed"`
	Why       map[string]int `json:"why,omitempty"` // reasons of what is left alone
	Revisions []string       `json:"revisions"`
}

func newReplayed(p *topology.Pipeline, r *replay.Report, applied bool) replayed {
	all := r.Groups.Total()
	out := replayed{
		Pipeline: p.Name, Revision: p.Revision, Applied: applied, Passed: all.Passed, Failed: all.Failed, Left: all.Left,
		Replayed: all.Replayed, Written: r.Written, Groups: []replayedGroup{},
	}
	for _, g := range r.Groups.Sorted() {
		out.Groups = append(out.Groups, replayedGroup{g.Operator, g.Code, g.Passed, g.Failed, g.Left, g.Replayed, g.Why, g.Revisions})
	}
	return out
}

func writeReplayed(w io.Writer, r replayed, p *topology.Pipeline) error {
	said := plural(r.Passed+r.Failed, "dead letter") + " replayed"
	if !r.Applied {
		said = plural(r.Passed+r.Failed, "dead letter") + " to replay; nothing was written: --apply replays"
	}
	fmt.Fprintln(w, said)
	if len(r.Groups) > 0 {
		fmt.Fprintln(w)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "operator\tcode\tpassed\tfailed again\tleft alone\treplayed before")
		for _, g := range r.Groups {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\n", printable(g.Operator), printable(g.Code), g.Passed, g.Failed, g.Left, g.Replayed)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	for _, g := range r.Groups {
		if len(g.Why) == 0 && !slices.ContainsFunc(g.Revisions, func(s string) bool { return s != p.Revision }) {
			continue
		}
		fmt.Fprintf(w, "\n%s, %s:\n", printable(g.Operator), printable(g.Code))
		for _, why := range slices.Sorted(maps.Keys(g.Why)) {
			fmt.Fprintf(w, "  %d left alone: %s\n", g.Why[why], printable(why))
		}
		writeRevisions(w, g.Revisions, p)
	}
	if len(r.Written) > 0 {
		var parts []string
		for _, stream := range slices.Sorted(maps.Keys(r.Written)) {
			parts = append(parts, fmt.Sprintf("%s %d", stream, r.Written[stream]))
		}
		fmt.Fprintf(w, "\n%s: %s\n", map[bool]string{true: "written", false: "to be written"}[r.Applied], strings.Join(parts, ", "))
	}
	return nil
}
