package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/process"
	"github.com/anabranch-go/anabranch/integration/progress"
)

// heatMax bounds one run of one contender, and the reading back.
const heatMax = 10 * time.Minute

// race is one workload for all rivals.
type race struct {
	options
	work   *workload
	host   *broker
	rivals []string
}

// all runs the rounds and prints the table.
func (r *race) all(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, r.host.remove(ctx, r.run)) }()
	columns, title := drainColumns, fmt.Sprintf("%s: %s\n%d events", r.work.name, r.work.about, r.events)
	heat := r.latencyHeat
	if r.latency {
		columns, title = latencyColumns, fmt.Sprintf("%s: %s\n%d events/s for %v, end to end", r.work.name, r.work.about, r.rate, r.span)
	} else {
		topics := r.work.inputTopics(r.run)
		expected, err := r.prefill(ctx, topics)
		if err != nil {
			return err
		}
		heat = func(ctx context.Context, o options) (measure, error) { return r.drain(ctx, o, expected) }
		r.inputs = strings.Join(topics, ",")
	}
	rounds := map[string][]measure{}
	for round := range r.rounds + 1 { // the first one warms the broker up, and does not count
		for _, role := range r.rivals {
			o := r.options
			o.work, o.role, o.run = r.work.name, role, fmt.Sprintf("%s-%d-%s", r.run, round, role)
			m, err := r.turn(ctx, o, heat)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round, role, err)
			}
			r.tell(round, role, columns, m)
			if round > 0 {
				rounds[role] = append(rounds[role], m)
			}
		}
	}
	fmt.Printf("%s, %d partitions, input in %s, medians of %d rounds\n", title, r.partitions, r.codec, r.rounds)
	return print(os.Stdout, columns, r.rivals, rounds)
}

// turn runs one contender once, in topics of its own that are deleted behind it.
func (r *race) turn(ctx context.Context, o options, heat func(context.Context, options) (measure, error)) (m measure, err error) {
	ctx, cancel := context.WithTimeout(ctx, heatMax)
	defer cancel()
	defer func() { err = errors.Join(err, r.host.remove(ctx, o.run)) }()
	topics := map[string]int{}
	for _, out := range r.work.outputs {
		topics[out.topic(o.run)] = r.partitions
		if out.partitions > 0 {
			topics[out.topic(o.run)] = out.partitions
		}
	}
	if err := r.host.create(ctx, topics); err != nil {
		return nil, err
	}
	return heat(ctx, o)
}

func (r *race) tell(round int, role string, columns []column, m measure) {
	line := fmt.Sprintf("round %d  %-10s", round, role)
	for i, c := range columns {
		line += "  " + c.name + " " + number(c.format, m[i])
	}
	fmt.Fprintln(os.Stderr, line)
}

// prefill writes the input, and gives what must become of it.
func (r *race) prefill(ctx context.Context, topics []string) (*expectation, error) {
	fmt.Fprintf(os.Stderr, "%s: writing %d events to %s\n", r.work.name, r.events, strings.Join(topics, ", "))
	if err := r.create(ctx, topics); err != nil {
		return nil, err
	}
	feed, err := newFeed(r.work, topics, past(r.events))
	if err != nil {
		return nil, err
	}
	enough := func(n int) bool { return n < r.events }
	if err := feed.write(ctx, r.host.brokers, enough, kgo.ProducerBatchCompression(codecs[r.codec])); err != nil {
		return nil, err
	}
	expected, err := newExpectation(r.work)
	if err != nil {
		return nil, err
	}
	return expected, expected.read(ctx, r.host.brokers, topics)
}

// create makes input topics.
func (r *race) create(ctx context.Context, topics []string) error {
	all := map[string]int{}
	for _, topic := range topics {
		all[topic] = r.partitions
	}
	return r.host.create(ctx, all)
}

// drain runs one contender to the end of the input, and checks what it wrote.
func (r *race) drain(ctx context.Context, o options, expected *expectation) (measure, error) {
	first := r.firstOutput(ctx, o.run)
	defer first.stop()
	h, err := r.start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer h.watcher.Close()
	watch, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan error, 1)
	go func() { watched <- h.watcher.Until(watch, h.watcher.Total()) }()
	used, err := h.wait(ctx, r.events)
	if err != nil {
		return nil, err
	}
	if err := <-watched; err != nil {
		return nil, err
	}
	if _, err := expected.check(ctx, r.host.brokers, o.role, o.run); err != nil {
		return nil, err
	}
	came, err := first.wait(ctx)
	if err != nil {
		return nil, err
	}
	return measure{steady(h.watcher, r.events), used.cpu, used.broker, used.peak, came.Sub(h.began).Seconds()}, nil
}

// steadyMin is how long the steady part of a run must last for its rate to mean something: several commits.
const steadyMin = 500 * time.Millisecond

// steady is the rate of a run; NaN where it was too short to tell.
func steady(w *progress.Watcher, events int) float64 {
	rate := w.Rate()
	if rate == 0 || float64(events)/rate < steadyMin.Seconds() {
		return math.NaN()
	}
	return rate
}

// heat is a contender that runs.
type heat struct {
	watcher *progress.Watcher
	worker  *process.Worker
	host    *broker
	began   time.Time
	before  time.Duration // the broker's CPU time when it began
}

// start starts a contender as a process of its own.
func (r *race) start(ctx context.Context, o options) (*heat, error) {
	group, err := group(o, r.work)
	if err != nil {
		return nil, err
	}
	h := &heat{host: r.host}
	if h.watcher, err = progress.Watch(ctx, r.host.brokers, group, strings.Split(o.inputs, ",")...); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err == nil {
		h.before, err = r.host.cpu(ctx)
	}
	if err == nil {
		h.began = time.Now()
		h.worker, err = process.Start(ctx, o.role, self, nil, "-role", o.role, "-run", o.run, "-work", o.work, "-inputs", o.inputs,
			"-partitions", strconv.Itoa(o.partitions), "-brokers", o.brokers, "-profile", o.profile, "-latency="+strconv.FormatBool(o.latency))
	}
	if err != nil {
		h.watcher.Close()
		return nil, err
	}
	return h, nil
}

// usage is what a contender took: seconds of CPU for a million events, its own and the broker's, and MiB of memory.
type usage struct{ cpu, broker, peak float64 }

// wait waits until the contender has ended.
func (h *heat) wait(ctx context.Context, events int) (u usage, err error) {
	if err := h.worker.Wait(); err != nil {
		return u, err
	}
	after, err := h.host.cpu(ctx)
	if err != nil {
		return u, err
	}
	if u.peak, err = toldPeak(h.worker.Output()); err != nil {
		return u, err
	}
	millions := float64(events) / 1e6
	u.cpu = (h.worker.State().UserTime() + h.worker.State().SystemTime()).Seconds() / millions
	u.broker = math.NaN()
	if h.host.container != nil {
		u.broker = (after - h.before).Seconds() / millions
	}
	return u, nil
}
