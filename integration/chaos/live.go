package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/kafka"
)

// live reads the committed audit copies while the run goes on. The feed numbers events in the order in which it writes them,
// so on each partition the numbers can only grow: what is read early must stand, whatever the topic holds in the end.
type live struct {
	client *kgo.Client
	done   chan struct{}
	read   atomic.Int64
	last   map[int32]int
	wrong  error // the first
}

func startLive(ctx context.Context, brokers []string) (*live, error) {
	starts := map[int32]kgo.Offset{}
	for p := range int32(partitions) {
		starts[p] = kgo.NewOffset().At(0)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.Dialer(kafka.Dial), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{audit: starts}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return nil, err
	}
	l := &live{client: client, done: make(chan struct{}), last: map[int32]int{}}
	go l.run(ctx)
	return l, nil
}

func (l *live) run(ctx context.Context) {
	defer close(l.done)
	for ctx.Err() == nil {
		fetches := l.client.PollFetches(ctx)
		if fetches.IsClientClosed() {
			return
		}
		fetches.EachRecord(l.note)
	}
}

func (l *live) note(r *kgo.Record) {
	l.read.Add(1)
	number, ok := history.Number(r)
	last, any := l.last[r.Partition]
	if l.wrong == nil && (!ok || any && number <= last) {
		l.wrong = fmt.Errorf("the live reader met event %d at %s:%d:%d after event %d", number, r.Topic, r.Partition, r.Offset, last)
	}
	l.last[r.Partition] = number
}

// liveMax bounds how long the reader may lag behind what is committed.
const liveMax = 30 * time.Second

// finish waits until the reader has met so many records, and gives what was wrong.
func (l *live) finish(want int) error {
	for until := time.Now().Add(liveMax); int(l.read.Load()) < want && time.Now().Before(until); {
		time.Sleep(feedStep)
	}
	l.client.Close()
	<-l.done
	if read := int(l.read.Load()); l.wrong == nil && read != want {
		return fmt.Errorf("the live reader met %d records of %s: want %d", read, audit, want)
	}
	return l.wrong
}
