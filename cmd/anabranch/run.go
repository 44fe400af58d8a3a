package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

// runFlags are the flags of run.
type runFlags struct {
	untilEnd, embedded, createTopics, envelope, all bool
	only, feed, out                                 []string
	instance, listen, output, decisions             string
	schemaID                                        uint32
}

func runCommand() *cobra.Command {
	var f runFlags
	command := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a pipeline",
		Long: `Run works as a member of the pipeline's consumer groups until SIGTERM or SIGINT, which finishes the transaction and
leaves; with --until-end, until all is read that was there at the start. FILE - is standard input.

Over files, with nothing installed:
  anabranch run pipeline.yaml --embedded --until-end --feed in=a.ndjson --out big=b.ndjson

A line of a feed is a plain JSON value of the stream's schema, or an envelope:
  {"$key": "k", "$time": "2026-11-01T08:00:00Z", "$headers": {"h": "v"}, "$value": {...}}
Lines that do not fit are reported by number, the others are fed, and the exit code is 65. --out writes what is committed to
a stream from the start of the run on; --out dead_letter=FILE writes the dead letters.`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, args []string) error { return run(c.Context(), args[0], f) },
	}
	flags := command.Flags()
	flags.BoolVar(&f.untilEnd, "until-end", false, "stop once all is read that was there at the start")
	flags.StringArrayVar(&f.only, "only", nil, "run only the sub-topology `SUB`; may be repeated")
	flags.BoolVar(&f.embedded, "embedded", false, "run on a broker inside the process, which keeps nothing")
	flags.StringArrayVar(&f.feed, "feed", nil, "feed `STREAM=FILE` of JSON lines; - is standard input; may be repeated")
	flags.StringArrayVar(&f.out, "out", nil, "write `STREAM=FILE` as JSON lines; - is standard output; may be repeated")
	flags.BoolVar(&f.envelope, "out-envelope", false, "write keys, times and headers too")
	flags.BoolVar(&f.all, "out-all", false, "write what was in the topics before this run too")
	flags.Uint32Var(&f.schemaID, "feed-schema-id", 0, "write `ID` before values that are framed for a schema registry; embedded: 1")
	flags.BoolVar(&f.createTopics, "create-topics", false, "create the topics that are missing")
	flags.StringVar(&f.instance, "instance", "", "`ID` of this worker, the same after a restart (default the host name)")
	flags.StringVar(&f.decisions, "decisions", "", "repeat what the ordered mergers of an earlier run decided, as its control `TOPIC` says")
	flags.StringVar(&f.listen, "listen", "", "serve /livez, /readyz and /metrics at `ADDR`; a port alone, as :8080, is the loopback interface only")
	flags.StringVarP(&f.output, "output", "o", "human", "print the balance as `human or json`")
	return command
}

// run runs the pipeline file with its feeds and outs.
func run(ctx context.Context, file string, f runFlags) error {
	plan, err := f.plan(file)
	if err != nil {
		return err
	}
	p, err := plan.load(file, f)
	if err != nil {
		return err
	}
	printProblems(os.Stderr, coloured(os.Stderr), p.Warnings)
	if f.embedded {
		broker, err := embedded.Start()
		if err != nil {
			return err
		}
		defer broker.Close()
		moveTo(p, broker)
	}
	worker, err := runtime.New(p, runtime.Options{
		Instance: f.instance, Only: f.only, UntilEnd: f.untilEnd, CreateTopics: f.createTopics || f.embedded, Decisions: f.decisions, Listen: f.listen,
	})
	if err != nil {
		return err
	}
	return plan.work(ctx, p, worker, f)
}

// moveTo makes p a pipeline of the embedded broker, where every topic is its own, and nothing is there before it is fed.
func moveTo(p *topology.Pipeline, broker *embedded.Broker) {
	p.Kafka = topology.Kafka{Brokers: broker.Addrs()}
	for _, s := range p.Streams {
		s.Managed, s.Start = true, topology.Start{}
	}
}

// runPlan is what the command line asks of a run.
type runPlan struct {
	feeds, outs []binding
}

// load reads the pipeline file. On the embedded broker, inner streams that are to be written out are given topics.
func (plan *runPlan) load(file string, f runFlags) (*topology.Pipeline, error) {
	text, err := readPipeline(file)
	if err != nil {
		return nil, err
	}
	options := topology.Options{Secrets: !f.embedded, Partitioner: client.Partition}
	p, err := parse(file, text, options)
	if err != nil || !f.embedded {
		return p, err
	}
	for _, b := range plan.outs {
		if b.stream == deadLetters {
			continue
		}
		s, err := streamNamed(p, "--out", b.stream)
		if err != nil {
			return nil, err
		}
		if len(s.Topics) == 0 && !slices.Contains(options.Topics, s.Name) {
			options.Topics = append(options.Topics, s.Name)
		}
	}
	if len(options.Topics) == 0 {
		return p, nil
	}
	return parse(file, text, options)
}

// plan reads the flags that can be read before the file.
func (f *runFlags) plan(file string) (*runPlan, error) {
	if err := oneOf("-o", f.output, "human", "json"); err != nil {
		return nil, err
	}
	feeds, err := bindings("--feed", f.feed)
	if err != nil {
		return nil, err
	}
	outs, err := bindings("--out", f.out)
	if err != nil {
		return nil, err
	}
	plan := &runPlan{feeds: feeds, outs: outs}
	for _, b := range outs {
		if f.output == "json" && b.file == standardInput {
			return nil, usagef("--out %s=- and -o json both want standard output", b.stream)
		}
	}
	for _, b := range feeds {
		if file == standardInput && b.file == standardInput {
			return nil, usagef("the pipeline file and --feed %s=- both want standard input", b.stream)
		}
	}
	return plan, nil
}

// work feeds, runs and taps. The error is that of the run, of a tap, of a feed, in this order, else about rejected lines.
func (plan *runPlan) work(ctx context.Context, p *topology.Pipeline, worker *runtime.Worker, f runFlags) error {
	feeds, err := openFeeds(p, plan.feeds, f)
	if err != nil {
		return err
	}
	defer feeds.close()
	outs, err := openOuts(p, plan.outs, feeds, f)
	if err != nil {
		return err
	}
	defer outs.close()
	if len(feeds) > 0 || len(outs) > 0 {
		if err := prepare(ctx, p, f.createTopics || f.embedded); err != nil {
			return err
		}
	}
	if err := outs.start(ctx, p, f); err != nil {
		return err
	}
	fed := feeds.start(ctx, p)
	if f.untilEnd {
		if err := fed.wait(); err != nil {
			return errors.Join(err, outs.finish())
		}
	}
	ran := worker.Run(ctx)
	if ran == nil && f.untilEnd && ctx.Err() != nil {
		ran = &status{code: exitTemporary, err: stoppedEarly(f.embedded)}
	}
	tapped, report := outs.finish(), worker.Report()
	left := fed.stop()
	if left == nil && f.untilEnd && (ran == nil || errors.Is(ran, transport.ErrPosition)) {
		left = feeds.deletedUnread(ctx, p, report)
	}
	if ran != nil && idle(report) {
		return ran
	}
	return first(ran, tapped, left, printBalance(f.output, report))
}

// stoppedEarly says that a run was interrupted before the end of its input.
func stoppedEarly(embedded bool) error {
	if embedded {
		return errors.New("stopped before the end; the embedded broker kept nothing, the same command begins anew")
	}
	return errors.New("stopped before the end; the same command goes on from here")
}

// prepare makes sure of the topics before anything is fed or tapped.
func prepare(ctx context.Context, p *topology.Pipeline, create bool) error {
	if err := client.Probe(ctx, p.Kafka, nil); err != nil {
		return err
	}
	opts, err := client.Options(p.Kafka, nil)
	if err != nil {
		return err
	}
	plain, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer plain.Close()
	_, err = topics.Ensure(ctx, plain, p, create)
	return err
}

// first gives the first of errs that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// streamNamed finds a stream of p; flag and name are of the command line. Of a --feed it names only inputs as choices.
func streamNamed(p *topology.Pipeline, flag, name string) (*topology.Stream, error) {
	var have []string
	for _, s := range p.Streams {
		if s.Name == name {
			return s, nil
		}
		if flag != "--feed" || s.Writer == nil {
			have = append(have, s.Name)
		}
	}
	if flag == "--feed" {
		return nil, usagef("--feed %s: the pipeline has no such input; it has %s", name, list(have))
	}
	return nil, usagef("%s %s: the pipeline has no such stream; it has %s", flag, name, list(have))
}

// list joins names, and cuts a long list.
func list(names []string) string {
	const most = 12
	text := ""
	for i, name := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(names)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}
