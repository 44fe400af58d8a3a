// Chaos runs the signup pipeline as worker processes on a real Kafka while faults are inflicted on workers, brokers and the
// wire between them, and proves from the topics that nothing was lost, duplicated, reordered, torn or misplaced.
//
//	go run ./integration/chaos [-events N] [-hours H] [-faults all|list|NAME,NAME] [-brokers 1|3] [-seed S] [-rate N] [-logs DIR]
//
// docs/faults.md says what each fault does and what must come of it. The exit code is 0 where all held.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	o := Options{Progress: os.Stderr}
	var faults string
	var hours float64
	flag.IntVar(&o.Events, "events", 1_000_000, "the least number of events that are fed")
	flag.Float64Var(&hours, "hours", 0, "inflict faults for so long; 0: until all events are fed and each fault was inflicted")
	flag.StringVar(&faults, "faults", "all", "names of faults, separated by commas; all: each that fits the brokers; list: print them")
	flag.IntVar(&o.Brokers, "brokers", 1, "nodes of the Kafka: 1 or 3")
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()), "decides the order of faults, their victims and their moments")
	flag.IntVar(&o.Rate, "rate", 8000, "events that are fed in a second")
	flag.StringVar(&o.Logs, "logs", "", "a directory for all that workers say, and for their stacks where a run fails")
	flag.Parse()
	if faults == "list" {
		printKinds(os.Stdout)
		return
	}
	o.Time = time.Duration(hours * float64(time.Hour))
	if faults != "all" {
		o.Faults = strings.Split(faults, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := Run(ctx, o)
	if result != nil {
		result.Print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		stop()
		os.Exit(1)
	}
}
