package main

import (
	"context"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
)

// grown tells whether the topic holds events that are not yet counted. No transaction of the feed may be open.
func (f *feed) grown(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, feedTimeout)
	defer cancel()
	ends, err := kadm.NewClient(f.client).ListCommittedOffsets(ctx, input)
	if err = errors.Join(err, ends.Error()); err != nil {
		return false, err
	}
	starts, left := map[int32]kgo.Offset{}, map[int32]int64{}
	for p, end := range ends[input] {
		if end.Offset > f.ends[p] {
			starts[p], left[p] = kgo.NewOffset().At(f.ends[p]), end.Offset
		}
	}
	if len(left) == 0 {
		return false, nil
	}
	reader, err := kgo.NewClient(append(slices.Clone(f.reach), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{input: starts}))...)
	if err != nil {
		return false, err
	}
	defer reader.Close()
	grown := false
	for len(left) > 0 {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return false, err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if n, ok := history.Number(r); ok && !r.Attrs.IsControl() && n >= f.count() {
				grown = true
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	return grown, nil
}
