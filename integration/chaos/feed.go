package main

import (
	"context"
	"fmt"
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
)

// feed writes events to the input topic, as many in each second. It comes directly, so that faults of the wire spare it.
type feed struct {
	client *kgo.Client
	n      atomic.Int64
	err    atomic.Pointer[error]
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// pastMax is how long before now the first event happens: those that follow a millisecond apart must not come to lie ahead.
const pastMax = 60 * 24 * time.Hour

func startFeed(ctx context.Context, a *arena) (*feed, error) {
	generator, err := signup.NewGenerator(a.schema, users, time.Now().Add(-pastMax))
	if err != nil {
		return nil, err
	}
	generator.PoisonEvery = poisonEvery
	client, err := kgo.NewClient(kgo.SeedBrokers(a.cluster.Brokers()...), kgo.Dialer(kafka.Dial), kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(5*time.Millisecond), kgo.MaxBufferedRecords(1_000_000))
	if err != nil {
		return nil, err
	}
	f := &feed{client: client}
	ctx, f.stop = context.WithCancel(ctx)
	f.done.Go(func() { f.run(ctx, generator, a.options.Rate) })
	return f, nil
}

func (f *feed) run(ctx context.Context, generator *signup.Generator, rate int) {
	began := time.Now()
	for ctx.Err() == nil && f.err.Load() == nil {
		due := int64(time.Since(began).Seconds() * float64(rate))
		for n := f.n.Load(); n < due; n++ {
			r, err := generator.Record(int(n), input)
			if err != nil {
				f.fail(err)
				return
			}
			f.client.Produce(context.WithoutCancel(ctx), r, func(_ *kgo.Record, err error) {
				if err != nil {
					f.fail(err)
				}
			})
			f.n.Store(n + 1)
		}
		time.Sleep(feedStep)
	}
}

func (f *feed) fail(err error) { f.err.CompareAndSwap(nil, &err) }

// count is how many events were fed.
func (f *feed) count() int { return int(f.n.Load()) }

// failed is why the feed has ended before its time.
func (f *feed) failed() error {
	if err := f.err.Load(); err != nil {
		return fmt.Errorf("feed %s: %w", input, *err)
	}
	return nil
}

// finish stops the feed and waits until all that was fed is acknowledged.
func (f *feed) finish(ctx context.Context) error {
	f.stop()
	f.done.Wait()
	defer f.client.Close()
	if err := f.client.Flush(ctx); err != nil {
		return fmt.Errorf("feed %s: %w", input, err)
	}
	return f.failed()
}
