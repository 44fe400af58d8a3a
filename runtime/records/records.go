// Package records reads what is committed to topics.
package records

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/stage"
)

// ErrStop ends a scan early, and is no error.
var ErrStop = errors.New("enough")

// Range calls f for each committed record of a topic that lies in the range of its partition, from and to an offset, until f
// gives an error. Markers end a range as well as records. shared are the options of a client of the cluster.
func Range(ctx context.Context, shared []kgo.Opt, topic string, ranges map[int32][2]int64, f func(*kgo.Record) error) error {
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
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			end, reading := left[r.Partition]
			if !reading {
				continue
			}
			if r.Offset < end && !r.Attrs.IsControl() {
				if err := f(r); errors.Is(err, ErrStop) {
					return nil
				} else if err != nil {
					return err
				}
			}
			if r.Offset+1 >= end {
				delete(left, r.Partition)
				cl.PauseFetchPartitions(map[string][]int32{topic: {r.Partition}})
			}
		}
	}
	return nil
}

// Meta is what Kafka says of a record.
func Meta(r *kgo.Record) stage.Meta {
	m := stage.Meta{Key: r.Key, Time: r.Timestamp, Origin: stage.Origin{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}}
	for _, h := range r.Headers {
		m.Headers = append(m.Headers, stage.Header(h))
	}
	return m
}
