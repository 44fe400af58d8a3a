package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// first waits for the first committed record of a contender.
type first struct {
	cancel context.CancelFunc
	came   chan time.Time
	err    error // once came is closed
}

// firstOutput begins to look at the outputs of tag. It asks for little, so that it takes little from the contender.
func (r *race) firstOutput(ctx context.Context, tag string) *first {
	ctx, cancel := context.WithCancel(ctx)
	f := &first{cancel: cancel, came: make(chan time.Time, 1)}
	go func() {
		defer close(f.came)
		client, err := r.reader(tag, kgo.FetchMaxBytes(1))
		if err != nil {
			f.err = err
			return
		}
		defer client.Close()
		for {
			fetches := client.PollFetches(ctx)
			if f.err = fetches.Err(); f.err != nil {
				return
			}
			if !fetches.Empty() {
				f.came <- time.Now()
				return
			}
		}
	}()
	return f
}

// wait gives the time at which the record could be read.
func (f *first) wait(ctx context.Context) (time.Time, error) {
	select {
	case at, ok := <-f.came:
		if !ok {
			return time.Time{}, f.err
		}
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

func (f *first) stop() { f.cancel() }

// reader is a client that reads the outputs of tag from their beginning, committed records only.
func (r *race) reader(tag string, options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(options, kgo.SeedBrokers(r.host.brokers...), kgo.ConsumeTopics(r.work.outputTopics(tag)...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxWait(readerWait))...)
}

// readerWait is how long the broker lets the reader wait for a record before it answers without one.
const readerWait = 100 * time.Millisecond
