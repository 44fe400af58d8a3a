package verify

import (
	"cmp"
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/anabranch-go/anabranch/runtime/records"
)

// source is what can be read of one partition: the offsets from first to end.
type source struct {
	topic      string
	partition  int32
	first, end int64
}

// sources are the partitions of topics with what is committed in them. The end is that of the last transaction that is decided.
func sources(ctx context.Context, admin *kadm.Client, topics []string) ([]source, error) {
	var all []source
	for _, topic := range topics {
		first, err := records.Offsets(ctx, admin.ListStartOffsets, topic)
		if err != nil {
			return nil, err
		}
		end, err := records.Offsets(ctx, admin.ListCommittedOffsets, topic)
		if err != nil {
			return nil, err
		}
		for partition, offset := range first {
			all = append(all, source{topic, partition, offset, end[partition]})
		}
	}
	slices.SortFunc(all, func(a, b source) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.partition, b.partition))
	})
	return all, nil
}

// newest are the ranges of offsets that hold the newest records, by topic and partition: equally many of each partition, and more
// where others have fewer.
func newest(sources []source, sample int) map[string]map[int32][2]int64 {
	byLength := slices.Clone(sources)
	slices.SortStableFunc(byLength, func(a, b source) int { return cmp.Compare(a.end-a.first, b.end-b.first) })
	ranges := map[string]map[int32][2]int64{}
	left := int64(sample)
	for i, s := range byLength {
		others := int64(len(byLength) - i)
		take := min(s.end-s.first, (left+others-1)/others)
		if take <= 0 {
			continue
		}
		left -= take
		if ranges[s.topic] == nil {
			ranges[s.topic] = map[int32][2]int64{}
		}
		ranges[s.topic][s.partition] = [2]int64{s.end - take, s.end}
	}
	return ranges
}
