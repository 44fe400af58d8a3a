package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/process"
	"github.com/anabranch-go/anabranch/integration/progress"
)

// measure is what one run of one contender cost.
type measure struct {
	rate float64 // events a second, steady
	cpu  float64 // user and system seconds a million events
	rss  float64 // peak, MiB
	wall float64 // seconds of the process
}

// heatMax bounds one run of one contender, and the reading back.
const heatMax = 5 * time.Minute

// race runs the rounds and prints the table.
func race(ctx context.Context, o options) error {
	if o.work != "signup" && o.work != "copy" {
		return fmt.Errorf("no work %q; have signup, copy", o.work)
	}
	stop, err := o.broker(ctx)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(os.Stderr, "writing %d events to %s\n", o.events, input)
	if err := prefill(ctx, o); err != nil {
		return err
	}
	measures := map[string][]measure{}
	var first map[string]history.Digest
	for round := range o.rounds {
		for _, role := range []string{byHand, anabranch} {
			o.role, o.tag = role, fmt.Sprintf("bench-%d-%s", round+1, role)
			m, wrote, err := heat(ctx, o)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, role, err)
			}
			fmt.Fprintf(os.Stderr, "round %d %-10s %8.0f events/s  %.2f CPU-s per million  %4.0f MiB  %.1f s\n", round+1, role, m.rate, m.cpu, m.rss, m.wall)
			if first == nil {
				first = wrote
			}
			if !maps.Equal(first, wrote) {
				return fmt.Errorf("round %d: %s wrote %v, the loop in round 1 %v", round+1, role, wrote, first)
			}
			measures[role] = append(measures[role], m)
		}
	}
	return table(o, measures)
}

// heat runs one contender once and reads back what it wrote.
func heat(ctx context.Context, o options) (measure, map[string]history.Digest, error) {
	topics := outputs(o.work, o.tag)
	if err := create(ctx, o, topics); err != nil {
		return measure{}, nil, err
	}
	watcher, err := progress.Watch(ctx, o.seeds(), group(o.role, o.tag), input)
	if err != nil {
		return measure{}, nil, err
	}
	defer watcher.Close()
	ctx, cancel := context.WithTimeout(ctx, heatMax)
	defer cancel()
	began := time.Now()
	self, err := os.Executable()
	if err != nil {
		return measure{}, nil, err
	}
	w, err := process.Start(ctx, o.role, self, nil, "-role", o.role, "-tag", o.tag, "-work", o.work, "-brokers", o.brokers, "-profile", o.profile)
	if err != nil {
		return measure{}, nil, err
	}
	watch, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan error, 1)
	go func() { watched <- watcher.Until(watch, watcher.Total()) }()
	err = w.Wait()
	wall := time.Since(began)
	if err != nil {
		return measure{}, nil, err
	}
	if err := <-watched; err != nil {
		return measure{}, nil, err
	}
	usage := w.State().SysUsage().(*syscall.Rusage)
	m := measure{
		rate: watcher.Rate(), wall: wall.Seconds(), rss: float64(usage.Maxrss) / 1024,
		cpu: (w.State().UserTime() + w.State().SystemTime()).Seconds() / float64(o.events) * 1e6,
	}
	wrote, err := digest(ctx, o, topics)
	if err != nil {
		return measure{}, nil, err
	}
	return m, wrote, remove(ctx, o, topics)
}

// table prints the medians of each contender and their ratio.
func table(o options, measures map[string][]measure) error {
	columns := []func(measure) float64{
		func(m measure) float64 { return m.rate }, func(m measure) float64 { return m.cpu },
		func(m measure) float64 { return m.rss }, func(m measure) float64 { return m.wall },
	}
	fmt.Printf("%s, %d events, medians of %d rounds\n", o.work, o.events, o.rounds)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "contender\tevents/s\tCPU-s per million\tpeak MiB\tprocess s")
	medians := map[string][]float64{}
	for _, role := range []string{byHand, anabranch} {
		for _, column := range columns {
			medians[role] = append(medians[role], median(measures[role], column))
		}
		row := medians[role]
		fmt.Fprintf(w, "%s\t%.0f\t%.2f\t%.0f\t%.1f\n", role, row[0], row[1], row[2], row[3])
	}
	ours, loops := medians[anabranch], medians[byHand]
	fmt.Fprintf(w, "%s / %s\t%.2f\t%.2f\t%.2f\t%.2f\n", anabranch, byHand, ours[0]/loops[0], ours[1]/loops[1], ours[2]/loops[2], ours[3]/loops[3])
	return w.Flush()
}

func median(measures []measure, column func(measure) float64) float64 {
	values := make([]float64, len(measures))
	for i, m := range measures {
		values[i] = column(m)
	}
	slices.Sort(values)
	low, high := values[(len(values)-1)/2], values[len(values)/2]
	return (low + high) / 2
}
