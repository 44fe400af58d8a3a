// Bench races Anabranch against the hand-written loop of package loop on the same Kafka: rounds A B A B, each in a process of
// its own that drains the same prefilled topics. It checks each time that what was written is complete and right, and prints
// medians, with the ratios between the contenders. docs/benchmark.md says what is measured, and how.
//
//	go run ./integration/bench [-work NAME,NAME|all] [-events N] [-rounds N] [-partitions N] [-codec NAME] [-rivals NAME,NAME]
//		[-latency [-rate N] [-for TIME]] [-brokers ADDR,ADDR] [-profile DIR]
//
// Only the ratios of one run are worth quoting: rates depend on the machine and on what else it does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	work       string
	rivals     string
	events     int // 0: as the workload has it
	rounds     int
	partitions int
	codec      string
	latency    bool
	rate       int           // events a second, in latency mode
	span       time.Duration // of the measured part, in latency mode
	brokers    string
	profile    string

	role   string // set where this process is a contender
	run    string // begins the names of the topics and of the group
	inputs string // the topics that a contender reads, separated by commas
}

func main() {
	var o options
	flag.StringVar(&o.work, "work", "signup", "workloads, separated by commas, or all: "+strings.Join(names(workloads), ", "))
	flag.StringVar(&o.rivals, "rivals", byHand+","+anabranch, "contenders in the order of their turns: "+strings.Join(contenders, ", "))
	flag.IntVar(&o.events, "events", 0, "events in the input; 0: as many as the workload wants")
	flag.IntVar(&o.rounds, "rounds", 9, "runs of each contender")
	flag.IntVar(&o.partitions, "partitions", 4, "partitions of each topic")
	flag.StringVar(&o.codec, "codec", "lz4", "compression of the input: "+strings.Join(codecNames(), ", "))
	flag.BoolVar(&o.latency, "latency", false, "measure latency at a fixed rate")
	flag.IntVar(&o.rate, "rate", 5000, "events a second, with -latency")
	flag.DurationVar(&o.span, "for", 20*time.Second, "how long each round is measured, with -latency")
	flag.StringVar(&o.brokers, "brokers", "", "seed brokers, separated by commas; empty: start a container")
	flag.StringVar(&o.profile, "profile", "", "folder for a CPU profile of each contender's runs")
	flag.StringVar(&o.role, "role", "", "run as one contender; bench starts itself so")
	flag.StringVar(&o.run, "run", "", "begins the names of a contender's topics and group; bench sets it")
	flag.StringVar(&o.inputs, "inputs", "", "topics that a contender reads; bench sets it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := bench
	if o.role != "" {
		run = contend
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// bench races each of the workloads.
func bench(ctx context.Context, o options) error {
	works, rivals, err := o.check()
	if err != nil {
		return err
	}
	host, err := reach(ctx, o.brokers)
	if err != nil {
		return err
	}
	defer host.close()
	o.brokers = strings.Join(host.brokers, ",")
	for _, w := range works {
		r := race{options: o, work: w, host: host, rivals: rivals}
		r.run = fmt.Sprintf("bench-%s-%s", w.name, time.Now().UTC().Format("150405"))
		if r.events == 0 {
			r.events = w.events
		}
		if err := r.all(ctx); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// check gives what the options name.
func (o *options) check() (works []*workload, rivals []string, err error) {
	if works, err = find(o.work); err != nil {
		return nil, nil, err
	}
	if rivals, err = chosen(o.rivals); err != nil {
		return nil, nil, err
	}
	if _, known := codecs[o.codec]; !known {
		return nil, nil, fmt.Errorf("no codec %q; have %s", o.codec, strings.Join(codecNames(), ", "))
	}
	if o.rounds < 1 || o.partitions < 1 || o.events < 0 || o.rate < 1 || o.span < time.Second {
		return nil, nil, fmt.Errorf("want at least 1 round, 1 partition, 1 event a second, and 1s for each round")
	}
	for _, w := range works {
		if o.latency && w.holds {
			return nil, nil, fmt.Errorf("%s holds the last events back until more come, so that its output is never complete; want another workload for -latency", w.name)
		}
	}
	return works, rivals, nil
}
