package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/feed"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/topology"
)

// traceFlags are those of trace.
type traceFlags struct {
	stream, value, output string
	partition             int32
	down                  bool
	scanMax               int
}

func traceCommand() *cobra.Command {
	var f traceFlags
	command := &cobra.Command{
		Use:   "trace FILE TOPIC:PARTITION:OFFSET | trace FILE --stream STREAM (--value JSON | LINES)",
		Short: "Tell what each operator decides about one record, and why",
		Long: `Trace carries one record through a pipeline and tells what each operator decides about it: the ports that it takes, its
expressions with the value of every part, keys and partitions, and where the record ends. It writes nothing.

The record is read from the cluster of FILE; or it is given by hand, as a line of JSON in the form that 'run --feed' takes,
and then no broker is asked. LINES is a file of such lines, each of which is traced; - is standard input.

With --down it finds the records that the pipeline has really made of it, in the output topics and among the dead letters,
and says how sure it is.`,
		Args: arguments(1, 2, "FILE and TOPIC:PARTITION:OFFSET"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(args); err != nil {
				return err
			}
			return interrupted(c.Context(), traceRecords(c.Context(), c.OutOrStdout(), args, f))
		},
	}
	flags := command.Flags()
	flags.StringVar(&f.stream, "stream", "", "the `STREAM` of a record given by hand")
	flags.StringVar(&f.value, "value", "", "the record as a line of `JSON`")
	flags.Int32Var(&f.partition, "partition", -1, "where the record stands (default: where its key places it, else 0)")
	flags.BoolVar(&f.down, "down", false, "find what the pipeline has made of the record")
	flags.IntVar(&f.scanMax, "scan-records-max", 1_000_000, "with --down, read at most `N` records of each topic")
	flags.StringVarP(&f.output, "output", "o", "human", "print as `human or json`, a line for each record")
	return command
}

// check refuses flags that do not go together.
func (f *traceFlags) check(args []string) error {
	lines := len(args) == 2 && (f.stream != "" || args[1] == standardInput)
	byHand := f.stream != "" || f.value != "" || lines
	isPlace := false
	if len(args) == 2 {
		_, err := recordPlace(args[1])
		isPlace = err == nil
	}
	switch {
	case oneOf("-o", f.output, "human", "json") != nil:
		return oneOf("-o", f.output, "human", "json")
	case !byHand && len(args) < 2:
		return usagef("which record? Give TOPIC:PARTITION:OFFSET, or --stream STREAM and --value JSON")
	case byHand && isPlace:
		return usagef("%s is a record of the cluster, and --stream and --value are for one given by hand; give one of them", args[1])
	case byHand && f.stream == "":
		return usagef("--stream STREAM is missing: of which stream is the record?")
	case byHand && lines == (f.value != ""):
		return usagef("a record given by hand needs --value JSON, or a file of lines, which is - for standard input; one of them")
	case byHand && f.down:
		return usagef("--down looks for what was made of a record of the cluster; give TOPIC:PARTITION:OFFSET")
	case !byHand && f.partition >= 0:
		return usagef("--partition is for a record given by hand; %s says where it stands", args[1])
	case lines && args[0] == standardInput && args[1] == standardInput:
		return usagef("the pipeline file and the records both want standard input")
	case f.scanMax < 1:
		return usagef("--scan-records-max %d: want 1 or more", f.scanMax)
	}
	return nil
}

func traceRecords(ctx context.Context, w io.Writer, args []string, f traceFlags) error {
	p, err := load(args[0], topology.Options{Secrets: f.stream == "", Partitioner: client.Partition})
	if err != nil {
		return err
	}
	printProblems(os.Stderr, coloured(os.Stderr), p.Warnings)
	if f.stream == "" {
		return traceFromCluster(ctx, w, p, args[1], f)
	}
	hand, err := newHand(p, f)
	if err != nil {
		return err
	}
	if f.value != "" {
		return hand.trace(w, []byte(f.value), f)
	}
	file, err := openInput(args[1])
	if err != nil {
		return err
	}
	defer file.Close()
	return feed.EachLine(unblocked(ctx, file), func(number int, line []byte) error {
		if err := hand.trace(w, line, f); err != nil {
			return fmt.Errorf("%s:%d: %w", shown(args[1]), number, err)
		}
		return nil
	})
}

// hand traces records that are given by hand.
type hand struct {
	stream *topology.Stream
	form   *ndjson.Form
	layout topics.Layout
	tracer *trace.Tracer
}

func newHand(p *topology.Pipeline, f traceFlags) (*hand, error) {
	s, err := streamNamed(p, "--stream", f.stream)
	if err != nil {
		return nil, err
	}
	h := &hand{stream: s, layout: topics.Declared(p, 1)}
	if err := traceable(p, s); err != nil {
		return nil, err
	}
	if n := h.layout[s.Topic()]; f.partition >= n {
		return nil, usagef("--partition %d: topic %s has %s", f.partition, s.Topic(), plural(int(n), "partition"))
	}
	h.tracer = trace.New(p, h.layout)
	h.form, err = ndjson.Of(s, embeddedSchemaID)
	return h, err
}

// traceable refuses a stream at which no operator can begin.
func traceable(p *topology.Pipeline, s *topology.Stream) error {
	var have []string
	for _, one := range p.Streams {
		if one.Topic() != "" && one.Reader != nil {
			have = append(have, one.Name)
		}
	}
	switch {
	case s.Reader == nil:
		return usagef("stream %s: nothing of the pipeline reads it; trace a record of %s", s.Name, list(have))
	case s.Topic() == "":
		return usagef("stream %s has no topic, so that its records stand nowhere; trace a record of %s", s.Name, list(have))
	}
	return nil
}

func (h *hand) trace(w io.Writer, line []byte, f traceFlags) error {
	r, err := h.form.Read(line)
	if err != nil {
		return &status{code: exitData, err: fmt.Errorf("the record does not fit stream %s: %w", h.stream.Name, err)}
	}
	r.Topic, r.Offset = h.stream.Topic(), trace.Unknown
	switch {
	case f.partition >= 0:
		r.Partition = f.partition
	case r.Key != nil:
		r.Partition = client.Partition(r.Key, h.layout[r.Topic])
	}
	if r.Timestamp.IsZero() {
		r.Timestamp = time.Now()
	}
	t := &traced{stream: h.stream, record: r, form: h.form, step: h.tracer.Event(h.stream, records.Meta(r), r.Value)}
	return t.print(w, f.output)
}
