// Bench races Anabranch against the hand-written loop of package loop on the same Kafka: rounds A B A B, each in a process of
// its own that drains the same prefilled topic with exactly-once. It checks that both wrote the same, and prints medians.
//
//	go run ./integration/bench [-brokers ADDR,ADDR] [-work signup|copy] [-events N] [-rounds N] [-profile DIR]
//
// Only the ratio of one run is worth quoting: rates depend on the machine and on what else it does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/anabranch-go/anabranch/integration/kafka"
)

// options are the command line.
type options struct {
	brokers string
	work    string
	events  int
	rounds  int
	role    string // set where this process is a contender
	tag     string // of the contender's topics and group
	profile string // where each contender's CPU profiles go
}

func main() {
	var o options
	flag.StringVar(&o.brokers, "brokers", "", "seed brokers, separated by commas; empty: start a container")
	flag.StringVar(&o.work, "work", "signup", "signup or copy")
	flag.IntVar(&o.events, "events", 3_000_000, "events in the input topic")
	flag.IntVar(&o.rounds, "rounds", 3, "runs of each contender")
	flag.StringVar(&o.role, "role", "", "run as one contender; bench starts itself so")
	flag.StringVar(&o.tag, "tag", "", "names the topics and the group of a contender")
	flag.StringVar(&o.profile, "profile", "", "folder for a CPU profile of each contender's runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := race
	if o.role != "" {
		run = contend
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// broker gives the seed brokers: those of the command line or of a new container, which stop removes.
func (o *options) broker(ctx context.Context) (stop func(), err error) {
	if o.brokers != "" {
		return func() {}, nil
	}
	if err := kafka.Engine(ctx); err != nil {
		return nil, fmt.Errorf("no Docker engine answers: %w; name a Kafka with -brokers", err)
	}
	fmt.Fprintln(os.Stderr, "starting", kafka.Image)
	c, err := kafka.Start(ctx, map[string]string{
		"KAFKA_HEAP_OPTS": "-Xms1g -Xmx1g", "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseG1GC",
	})
	if err != nil {
		return nil, err
	}
	o.brokers = strings.Join(c.Brokers, ",")
	return func() {
		if err := c.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}, nil
}

func (o *options) seeds() []string { return strings.Split(o.brokers, ",") }
