package replay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/records"
)

// decompressedMax bounds one record batch once it is decompressed, in bytes.
const decompressedMax = 64 << 20

// errStop ends a scan early, and is no error.
var errStop = errors.New("enough")

// scan calls f for each record that is committed to a topic at present, partition by partition, until f gives an error.
// Whatever the topic holds, a few fetches are in memory at a time.
func scan(ctx context.Context, opts []kgo.Opt, topic string, f func(*kgo.Record) error) error {
	client, err := kgo.NewClient(append(slices.Clone(opts),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.MaxDecompressBatchBytes(decompressedMax))...)
	if err != nil {
		return fmt.Errorf("read topic %s: %w", topic, err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	starts, err := records.Offsets(ctx, admin.ListStartOffsets, topic)
	if err != nil {
		return err
	}
	ends, err := records.Offsets(ctx, admin.ListCommittedOffsets, topic)
	if err != nil {
		return err
	}
	for _, partition := range slices.Sorted(maps.Keys(ends)) {
		if starts[partition] >= ends[partition] {
			continue
		}
		client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(starts[partition])}})
		err := scanPartition(ctx, client, ends[partition], f)
		client.RemoveConsumePartitions(map[string][]int32{topic: {partition}})
		switch {
		case errors.Is(err, errStop):
			return nil
		case err != nil:
			return fmt.Errorf("read topic %s, partition %d: %w", topic, partition, err)
		}
	}
	return nil
}

// scanPartition reads the one partition that client consumes up to end. A marker ends it as well as a record.
func scanPartition(ctx context.Context, client *kgo.Client, end int64, f func(*kgo.Record) error) error {
	for done := false; !done; {
		fetches := client.PollFetches(ctx)
		for _, e := range fetches.Errors() {
			if !kerr.IsRetriable(e.Err) {
				return e.Err
			}
		}
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			done = done || r.Offset+1 >= end
			if r.Offset >= end || r.Attrs.IsControl() {
				continue
			}
			if err := f(r); err != nil {
				return err
			}
		}
	}
	return nil
}
