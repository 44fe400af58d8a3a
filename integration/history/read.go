package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Read calls f for each committed record that topic holds at the call, those of one partition in order.
// It returns at the first error of f. The record is f's only during the call.
func Read(ctx context.Context, brokers []string, topic string, f func(*kgo.Record) error) error {
	return ReadWith(ctx, []kgo.Opt{kgo.SeedBrokers(brokers...)}, topic, f)
}

// ReadWith is Read of a cluster that clients reach with the options in reach.
func ReadWith(ctx context.Context, reach []kgo.Opt, topic string, f func(*kgo.Record) error) error {
	return read(ctx, reach, topic, func(r *kgo.Record) error {
		if r.Attrs.IsControl() {
			return nil
		}
		return f(r)
	})
}

// read is ReadWith, and gives f the markers, too.
func read(ctx context.Context, reach []kgo.Opt, topic string, f func(*kgo.Record) error) error {
	starts, ends, err := extent(ctx, reach, topic)
	if err != nil {
		return fmt.Errorf("read %s: %w", topic, err)
	}
	if len(ends) == 0 {
		return nil
	}
	client, err := kgo.NewClient(append(slices.Clone(reach),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // the last offset before an end may be a marker
		kgo.FetchMaxBytes(16<<20),
	)...)
	if err != nil {
		return fmt.Errorf("read %s: %w", topic, err)
	}
	defer client.Close()
	for len(ends) > 0 {
		fetches := client.PollRecords(ctx, 10_000)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", topic, err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			end, open := ends[r.Partition]
			if !open {
				continue
			}
			if r.Offset < end {
				if err := f(r); err != nil {
					return err
				}
			}
			if r.Offset+1 >= end {
				delete(ends, r.Partition)
			}
		}
	}
	return nil
}

// extent gives the first offset and the last stable offset of each partition that is not empty.
func extent(ctx context.Context, reach []kgo.Opt, topic string) (map[int32]kgo.Offset, map[int32]int64, error) {
	client, err := kgo.NewClient(reach...)
	if err != nil {
		return nil, nil, err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	first, err := admin.ListStartOffsets(ctx, topic)
	if err = errors.Join(err, first.Error()); err != nil {
		return nil, nil, err
	}
	stable, err := admin.ListCommittedOffsets(ctx, topic)
	if err = errors.Join(err, stable.Error()); err != nil {
		return nil, nil, err
	}
	starts, ends := map[int32]kgo.Offset{}, map[int32]int64{}
	for partition, start := range first[topic] {
		if end := stable[topic][partition].Offset; start.Offset < end {
			starts[partition], ends[partition] = kgo.NewOffset().At(start.Offset), end
		}
	}
	return starts, ends, nil
}

// Settled waits until no transaction is open on the topics: the last stable offset of each partition is its end.
func Settled(ctx context.Context, brokers []string, topics ...string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	open := "nothing was learnt yet"
	for {
		still, err := openAt(ctx, admin, topics)
		switch {
		case err == nil && still == "":
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("wait until no transaction is open (%s): %w", open, ctx.Err())
		case err != nil:
			return fmt.Errorf("offsets of %v: %w", topics, err)
		}
		open = still
		time.Sleep(settlePause)
	}
}

// settlePause is the time between two looks at the offsets.
const settlePause = 20 * time.Millisecond

// openAt names a partition with an open transaction; empty if there is none.
func openAt(ctx context.Context, admin *kadm.Client, topics []string) (string, error) {
	ends, err := admin.ListEndOffsets(ctx, topics...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return "", err
	}
	stable, err := admin.ListCommittedOffsets(ctx, topics...)
	if err = errors.Join(err, stable.Error()); err != nil {
		return "", err
	}
	open := ""
	ends.Each(func(end kadm.ListedOffset) {
		if s, ok := stable.Lookup(end.Topic, end.Partition); !ok || s.Offset < end.Offset {
			open = fmt.Sprintf("%s:%d ends at %d and is stable to %d", end.Topic, end.Partition, end.Offset, s.Offset)
		}
	})
	return open, nil
}
