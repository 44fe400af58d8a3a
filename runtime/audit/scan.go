package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/replay"
)

// settled waits until everything that stands in a topic now is committed or aborted, and gives its ends: a commit is
// answered before its markers are written.
func settled(ctx context.Context, admin *kadm.Client, topic string) (map[int32]int64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, stableMax, fmt.Errorf("topic %s: a transaction has been open for %s", topic, stableMax))
	defer cancel()
	written, err := offsets(ctx, admin.ListEndOffsets, topic)
	for err == nil {
		var stable map[int32]int64
		if stable, err = offsets(ctx, admin.ListCommittedOffsets, topic); err != nil {
			break
		}
		open := false
		for partition, end := range written {
			open = open || stable[partition] < end
		}
		if !open {
			return stable, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil, err
}

// scan calls f for each committed record of a topic that lies in the range of its partition, from and to an offset.
// Markers end a range as well as records.
func scan(ctx context.Context, shared []kgo.Opt, topic string, ranges map[int32][2]int64, f func(*kgo.Record)) error {
	from, left := map[int32]kgo.Offset{}, map[int32]int64{}
	for partition, r := range ranges {
		if r[0] < r[1] {
			from[partition], left[partition] = kgo.NewOffset().At(r[0]), r[1]
		}
	}
	if len(left) == 0 {
		return nil
	}
	cl, err := kgo.NewClient(append(slices.Clone(shared), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NoResetOffset()))...)
	if err != nil {
		return fmt.Errorf("read topic %s: %w", topic, err)
	}
	defer cl.Close()
	for len(left) > 0 {
		fetches := cl.PollFetches(ctx)
		for _, e := range fetches.Errors() {
			if !kerr.IsRetriable(e.Err) {
				return fmt.Errorf("read %s[%d]: %w", topic, e.Partition, e.Err)
			}
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end, reading := left[r.Partition]
			if !reading {
				return
			}
			if r.Offset < end && !r.Attrs.IsControl() {
				f(r)
			}
			if r.Offset+1 >= end {
				delete(left, r.Partition)
				cl.PauseFetchPartitions(map[string][]int32{topic: {r.Partition}})
			}
		})
	}
	return nil
}

// replayed tells whether dead letters of the pipeline have been replayed: what that wrote is not counted by operators.
func (a *auditor) replayed(ctx context.Context) (bool, error) {
	ends, err := offsets(ctx, a.admin.ListEndOffsets, replay.Marks(a.pipeline))
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return false, nil
	}
	for _, end := range ends {
		if end > 0 {
			return true, nil
		}
	}
	return false, err
}
