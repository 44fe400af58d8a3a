package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/schemas"
)

// codecs are those that an input can lie in.
var codecs = map[string]kgo.CompressionCodec{
	"lz4": kgo.Lz4Compression(), "snappy": kgo.SnappyCompression(), "zstd": kgo.ZstdCompression(), "none": kgo.NoCompression(),
}

func codecNames() []string { return slices.Sorted(maps.Keys(codecs)) }

// users is the number of people in the input; some sign up more often than others.
const users = 100_000

// writtenBytesMax bounds what is written to the input and not yet acknowledged.
const writtenBytesMax = 64 << 20

// feed makes the events of a workload and writes them to its input topics.
type feed struct {
	work      *workload
	topics    []string
	generator *signup.Generator
	begin     time.Time
}

// newFeed makes the feed of a workload's events, the first of which happens at begin.
func newFeed(w *workload, topics []string, begin time.Time) (*feed, error) {
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return nil, err
	}
	f := &feed{work: w, topics: topics, begin: begin.Truncate(time.Millisecond)}
	if f.generator, err = signup.NewGenerator(string(schema), users, f.begin); err != nil {
		return nil, err
	}
	f.generator.Padding = w.padding
	return f, nil
}

// past is a time so long ago that so many events lie between it and now.
func past(events int) time.Time { return time.Now().Add(-time.Duration(events) * time.Millisecond) }

// event makes event n.
func (f *feed) event(n int) (*kgo.Record, error) {
	r, err := f.generator.Record(n, f.topics[n%len(f.topics)])
	if err == nil && f.work.inOrder {
		r.Timestamp = f.begin.Add(time.Duration(n) * time.Millisecond)
	}
	return r, err
}

// write writes events from number 0 on, as many as pause lets through: it is asked before each, may wait, and ends the feed.
func (f *feed) write(ctx context.Context, seeds []string, pause func(n int) bool, options ...kgo.Opt) error {
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(seeds...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.MaxBufferedBytes(writtenBytesMax))...)
	if err != nil {
		return err
	}
	defer client.Close()
	written := kgo.AbortingFirstErrPromise(client)
	for n := 0; ctx.Err() == nil && pause(n); n++ {
		r, err := f.event(n)
		if err != nil {
			return err
		}
		client.Produce(ctx, r, written.Promise())
	}
	if err := written.Err(); err != nil {
		return fmt.Errorf("write to %s: %w", f.topics[0], err)
	}
	return ctx.Err()
}
