package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/kafka"
	"github.com/anabranch-go/anabranch/integration/signup"
)

const (
	users       = 50_000
	poisonEvery = 997
	feedStep    = 20 * time.Millisecond
	feedEvery   = 100 * time.Millisecond // so often a transaction of the feed ends
	feedMax     = 20_000                 // events of one transaction, after an outage
	feedTimeout = 30 * time.Second       // of a transaction of the feed
)

// feed writes events to the input topic, as many in each second. It comes directly, so that faults of the wire spare it. Each
// event is there once, whatever becomes of brokers: they are written in transactions, and of one whose end is not known the topic is asked.
type feed struct {
	reach     []kgo.Opt // how clients come to the brokers
	generator *signup.Generator
	client    *kgo.Client
	ends      map[int32]int64 // behind the last event of each partition
	n         atomic.Int64    // events that are committed
	err       atomic.Pointer[error]
	finishing atomic.Bool
	done      sync.WaitGroup
}

// pastMax is how long before now the first event happens: those that follow a millisecond apart must not come to lie ahead.
const pastMax = 60 * 24 * time.Hour

func startFeed(ctx context.Context, a *arena) (*feed, error) {
	generator, err := signup.NewGenerator(a.schema, users, time.Now().Add(-pastMax))
	if err != nil {
		return nil, err
	}
	generator.PoisonEvery = poisonEvery
	f := &feed{reach: []kgo.Opt{kgo.SeedBrokers(a.cluster.Brokers()...), kgo.Dialer(kafka.Dial)}, generator: generator}
	return f, f.start(ctx, a.options.Rate)
}

// start begins to write.
func (f *feed) start(ctx context.Context, rate int) (err error) {
	f.ends = map[int32]int64{}
	if f.client, err = f.connect(); err != nil {
		return err
	}
	f.done.Go(func() {
		if err := f.run(ctx, rate); err != nil && ctx.Err() == nil {
			f.err.Store(&err)
		}
		f.client.Close()
	})
	return nil
}

func (f *feed) connect() (*kgo.Client, error) {
	return kgo.NewClient(append(slices.Clone(f.reach), kgo.ClientID("feed"), kgo.TransactionalID("feed"), kgo.TransactionTimeout(feedTimeout),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(5*time.Millisecond))...)
}

func (f *feed) run(ctx context.Context, rate int) error {
	began := time.Now()
	for ctx.Err() == nil && !f.finishing.Load() {
		if due := int(time.Since(began).Seconds() * float64(rate)); due > f.count() {
			if err := f.write(ctx, min(due, f.count()+feedMax)); err != nil {
				return err
			}
			if due > f.count() {
				continue
			}
		}
		time.Sleep(feedEvery)
	}
	return nil
}

// write writes the events up to but not including end, and returns once they are committed.
func (f *feed) write(ctx context.Context, end int) error {
	var events []*kgo.Record
	for n := f.count(); n < end; n++ {
		r, err := f.generator.Record(n, input)
		if err != nil {
			return err
		}
		events = append(events, r)
	}
	for {
		why := f.transact(ctx, events)
		committed := why == nil
		if !committed {
			var err error
			if committed, err = f.resolve(ctx); err != nil {
				return fmt.Errorf("%w, after %w", err, why)
			}
		}
		if committed {
			f.n.Store(int64(end))
			return nil
		}
	}
}

// transact writes events in a transaction. After an error only the topic knows whether they are there.
func (f *feed) transact(ctx context.Context, events []*kgo.Record) error {
	if err := f.client.BeginTransaction(); err != nil {
		return err
	}
	var mu sync.Mutex
	var first error
	written := map[int32]int64{}
	for _, e := range events {
		again := *e
		f.client.Produce(ctx, &again, func(r *kgo.Record, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil && first == nil {
				first = err
			}
			written[r.Partition] = max(written[r.Partition], r.Offset+1)
		})
	}
	if err := f.client.Flush(ctx); err != nil {
		return err
	}
	if first != nil {
		return first
	}
	if err := f.client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return err
	}
	for p, end := range written {
		f.ends[p] = end
	}
	return nil
}

// resolvePause is between two tries to get hold of the last transaction.
const resolvePause = 200 * time.Millisecond

// resolve ends the last transaction for good, which only a new client of the same id can, and tells whether it is committed.
func (f *feed) resolve(ctx context.Context) (committed bool, err error) {
	f.client.Close()
	if f.client, err = f.connect(); err != nil {
		return false, err
	}
	for {
		_, _, why := f.client.ProducerID(ctx)
		if why == nil {
			if committed, why = f.grown(ctx); why == nil {
				return committed, nil
			}
		}
		select {
		case <-ctx.Done():
			return false, errors.Join(why, ctx.Err())
		case <-time.After(resolvePause):
		}
	}
}

// count is how many events were fed.
func (f *feed) count() int { return int(f.n.Load()) }

// failed is why the feed has ended before its time.
func (f *feed) failed() error {
	if err := f.err.Load(); err != nil {
		return fmt.Errorf("feed %s: %w", input, *err)
	}
	return nil
}

// finish stops the feed and waits until all that was fed is committed.
func (f *feed) finish() error {
	f.finishing.Store(true)
	f.done.Wait()
	return f.failed()
}
