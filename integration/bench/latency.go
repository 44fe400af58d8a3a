package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
)

// settling is how long after its first output a contender runs before it is measured.
const settling = 2 * time.Second

// latencyHeat runs one contender on an input that grows at a fixed rate, and measures how long each event takes from the time
// at which it should have been written to the time at which it can be read from an output. An event that is written late,
// because something stalled, counts from when it was due: nothing is left out while the system is slow.
func (r *race) latencyHeat(ctx context.Context, o options) (measure, error) {
	topics := r.work.inputTopics(o.run)
	o.inputs = strings.Join(topics, ",")
	if err := r.create(ctx, topics); err != nil {
		return nil, err
	}
	feed, err := newFeed(r.work, topics, past(int((heatMax+r.span).Seconds())*r.rate))
	if err != nil {
		return nil, err
	}
	client, err := r.reader(o.run)
	if err != nil {
		return nil, err
	}
	h, err := r.start(ctx, o)
	if err != nil {
		client.Close()
		return nil, err
	}
	defer h.watcher.Close()
	arrived := &arrivals{due: schedule{begin: time.Now(), period: time.Second / time.Duration(r.rate)}}
	reading, stop := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() { arrived.read(reading, client) })
	defer wait.Wait()
	defer stop()
	if err := feed.write(ctx, r.host.brokers, arrived.pace(r.span), kgo.ProducerBatchCompression(codecs[r.codec]), kgo.ProducerLinger(0)); err != nil {
		return nil, err
	}
	if err := h.watcher.Until(ctx, int64(arrived.written)); err != nil {
		return nil, err
	}
	if err := h.worker.Signal(syscall.SIGINT); err != nil {
		return nil, err
	}
	used, err := h.wait(ctx, arrived.written)
	if err != nil {
		return nil, err
	}
	expected, err := newExpectation(r.work)
	if err == nil {
		err = expected.read(ctx, r.host.brokers, topics)
	}
	if err != nil {
		return nil, err
	}
	records, err := expected.check(ctx, r.host.brokers, o.role, o.run)
	if err != nil {
		return nil, err
	}
	for arrived.count.Load() < int64(records) && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	wait.Wait()
	ms := arrived.measured()
	return measure{quantile(ms, 0.5), quantile(ms, 0.99), quantile(ms, 0.999), used.cpu, used.broker, used.peak}, ctx.Err()
}

// schedule says when events are due.
type schedule struct {
	begin  time.Time
	period time.Duration
}

func (s schedule) at(n int) time.Time { return s.begin.Add(time.Duration(n) * s.period) }

// arrivals are the events that could be read from the outputs.
type arrivals struct {
	due     schedule
	written int          // events that went in
	from    atomic.Int64 // when the measured part begins, as an offset to the begin of the schedule; 0: not known yet
	count   atomic.Int64 // records read
	all     []arrival    // of the reader
}

type arrival struct {
	number int
	took   time.Duration
}

// pace lets each event through when it is due, until the measured part has lasted for span.
func (a *arrivals) pace(span time.Duration) func(n int) bool {
	return func(n int) bool {
		due := a.due.at(n)
		if from := a.from.Load(); from > 0 && due.Sub(a.due.begin) >= time.Duration(from)+span {
			return false
		}
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		a.written = n + 1
		return true
	}
}

// read reads the outputs until ctx ends, and closes client.
func (a *arrivals) read(ctx context.Context, client *kgo.Client) {
	defer client.Close()
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		now := time.Now()
		fetches.EachRecord(func(r *kgo.Record) { a.add(r, now) })
	}
}

// add notes a record that was read at now.
func (a *arrivals) add(r *kgo.Record, now time.Time) {
	number, ok := history.Number(r)
	if !ok {
		return // the check of the outputs tells of it
	}
	if a.from.Load() == 0 {
		a.from.Store(int64(now.Add(settling).Sub(a.due.begin)))
	}
	a.all = append(a.all, arrival{number, now.Sub(a.due.at(number))})
	a.count.Add(1)
}

// measured gives the sorted latencies, in milliseconds, of the events that were due in the measured part.
func (a *arrivals) measured() []float64 {
	from := a.due.begin.Add(time.Duration(a.from.Load()))
	var ms []float64
	for _, one := range a.all {
		if !a.due.at(one.number).Before(from) {
			ms = append(ms, one.took.Seconds()*1e3)
		}
	}
	slices.Sort(ms)
	return ms
}
