package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/cmd/anabranch/demo"
)

// eventsMax is how many events the demo makes at most: the embedded broker keeps them all in memory.
const eventsMax = 10_000_000

func demoCommand() *cobra.Command {
	var (
		options      demo.Options
		feed, output string
	)
	command := &cobra.Command{
		Use:   "demo",
		Short: "See the signup pipeline run exactly once through crashes, on an embedded broker",
		Long: `Demo makes signup events, or takes yours from --feed, and runs the pipeline of pipelines/signup.yaml over them on a broker
inside the process. It cuts the worker's connections in the middle of transactions, as a kill would, and starts it again. In the end it
reads all topics back, committed records only, and compares every record with what the input says must be there.

It needs nothing but this program. It exits 70 where a record is lost, duplicated, out of order or changed.`,
		Args: arguments(0, 0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := oneOf("-o", output, "human", "json"); err != nil {
				return err
			}
			if options.Events < 1 || options.Events > eventsMax {
				return usagef("--events %d: want 1 to %d", options.Events, eventsMax)
			}
			if options.Crashes < 0 || options.Crashes > 100 {
				return usagef("--crashes %d: want 0 to 100", options.Crashes)
			}
			if feed != "" {
				file, err := openInput(feed)
				if err != nil {
					return err
				}
				defer file.Close()
				options.Feed = unblocked(c.Context(), file)
			}
			return runDemo(c, options, feed, output)
		},
	}
	flags := command.Flags()
	flags.IntVar(&options.Events, "events", 200_000, "make `N` events")
	flags.IntVar(&options.Crashes, "crashes", 3, "cut the worker off `N` times")
	flags.StringVar(&feed, "feed", "", "take the JSON lines of `FILE` in place of made events; - is standard input")
	flags.StringVarP(&output, "output", "o", "human", "print `human or json`")
	return command
}

func runDemo(c *cobra.Command, options demo.Options, feed, output string) error {
	shown := 0
	options.Rejected = func(line int, err error) {
		if shown++; shown <= rejectionsShown {
			fmt.Fprintf(os.Stderr, "anabranch: feed %s:%d: %v\n", feed, line, err)
		}
	}
	bar := progressOf(os.Stderr)
	options.Progress = bar.show
	result, err := demo.Run(c.Context(), options)
	bar.clear()
	if cause := c.Context().Err(); cause != nil {
		return &status{code: exitTemporary, err: errors.New("stopped before the verdict")}
	}
	if err != nil {
		return err
	}
	if result.Events == 0 {
		return &status{code: exitData, err: errors.New("no line of the feed could be fed, so there is nothing to prove")}
	}
	var out bytes.Buffer
	if output == "json" {
		err = json.NewEncoder(&out).Encode(newDemoVerdict(result))
	} else {
		printDemo(&out, result)
	}
	_, written := out.WriteTo(c.OutOrStdout())
	return first(err, written, verdictOf(result))
}

// verdictOf is an error unless all was fed and every output holds what it must.
func verdictOf(r *demo.Result) error {
	switch {
	case !r.Holds():
		return &status{code: exitInternal}
	case r.Rejected > 0:
		return &status{code: exitData, err: errRejectedLines}
	}
	return nil
}

// printDemo prints the verdict.
func printDemo(w io.Writer, r *demo.Result) {
	fmt.Fprintf(w, "%s events in, %s of them unreadable; %s, %d with a transaction open\n\n",
		thousands(r.Events), thousands(r.Poison), plural(r.Crashes, "worker crash"), r.Open)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "topic\texpected\tread\tlost\tduplicated\tout of order\tchanged\tmisplaced\t")
	for _, o := range r.Outputs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t\n", o.Topic, thousands(o.Wanted), thousands(o.Records),
			o.Lost, o.Duplicated, o.Reordered, o.Changed+o.Unexpected+o.Foreign, o.Misplaced+o.Misattributed)
	}
	table.Flush()
	writeBalance(w, r.Balance)
	fmt.Fprintf(w, "\n%s, %s events/s with the crashes\n", seconds(r.Elapsed), thousands(int(float64(r.Events)/max(r.Elapsed.Seconds(), 1e-3))))
	if !r.Holds() {
		fmt.Fprintln(w, "\nNOT exactly once:")
		for _, o := range r.Outputs {
			for _, example := range o.Examples {
				fmt.Fprintf(w, "  %s\n", example)
			}
		}
		return
	}
	fmt.Fprint(w, `
Exactly once: every output was read back and compared, record by record, with what the input asks for.

Next:
  anabranch check pipelines/signup.yaml             every mistake of a file at once; try one
  anabranch graph pipelines/signup.yaml -o svg      the picture
  anabranch run FILE --embedded --until-end --feed in=a.ndjson --out big=b.ndjson
`)
}

// thousands writes n in groups of three digits.
func thousands(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// demoVerdict is what demo -o json prints.
type demoVerdict struct {
	ExactlyOnce bool        `json:"exactly_once"`
	Events      int         `json:"events"`
	Poison      int         `json:"poison"`
	Crashes     int         `json:"crashes"`
	Open        int         `json:"crashes_in_transaction"`
	Seconds     float64     `json:"seconds"`
	Outputs     []demoTopic `json:"outputs"`
	Balance     balance     `json:"balance"`
}

type demoTopic struct {
	Topic         string   `json:"topic"`
	Expected      int      `json:"expected"`
	Read          int      `json:"read"`
	Lost          int      `json:"lost"`
	Duplicated    int      `json:"duplicated"`
	Reordered     int      `json:"out_of_order"`
	Changed       int      `json:"changed"`
	Misplaced     int      `json:"misplaced"`
	Misattributed int      `json:"misattributed"`
	Unexpected    int      `json:"unexpected"`
	Foreign       int      `json:"foreign"`
	Examples      []string `json:"examples,omitempty"`
}

func newDemoVerdict(r *demo.Result) demoVerdict {
	v := demoVerdict{
		ExactlyOnce: r.Holds(), Events: r.Events, Poison: r.Poison, Crashes: r.Crashes, Open: r.Open,
		Seconds: r.Elapsed.Seconds(), Balance: newBalance(r.Balance),
	}
	for _, o := range r.Outputs {
		v.Outputs = append(v.Outputs, demoTopic{
			Topic: o.Topic, Expected: o.Wanted, Read: o.Records, Lost: o.Lost, Duplicated: o.Duplicated, Reordered: o.Reordered,
			Changed: o.Changed, Misplaced: o.Misplaced, Misattributed: o.Misattributed, Unexpected: o.Unexpected,
			Foreign: o.Foreign, Examples: o.Examples,
		})
	}
	return v
}
