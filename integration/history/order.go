package history

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Order is what an ordered merger by timestamp must write, all of it in its order: found from the logs of its inputs and the
// decisions in its control topic alone, by sorting.
type Order struct {
	Records   []Placed
	Decisions int
}

// Placed is a record where it belongs.
type Placed struct {
	Partition int32
	Late      bool
	Text      string // as Text gives it
}

// Text has all of a record that a merger must leave as it is.
func Text(r *kgo.Record) string {
	return fmt.Sprintf("%d %d %q %q %v", r.Partition, r.Timestamp.UnixMilli(), r.Key, r.Value, r.Headers)
}

// bound is a decision: what comes from an offset on and is below is late. Ranks are times with room between two
// milliseconds.
type bound struct{ offset, rank int64 }

// spot is one partition of one input.
type spot struct {
	topic     string
	partition int32
}

// ReadOrder reads the topics of an ordered merger, in the order of its inputs, and its control topic.
func ReadOrder(ctx context.Context, reach []kgo.Opt, operator, control string, topics ...string) (Order, error) {
	var o Order
	bounds := map[spot][]bound{}
	err := ReadWith(ctx, reach, control, func(r *kgo.Record) error {
		var d struct {
			Operator, Topic string
			Partition       int32
			Offset, Number  int64
			After           int64
		}
		if json.Unmarshal(r.Value, &d) != nil || d.Operator != operator {
			return nil
		}
		at := spot{d.Topic, d.Partition}
		bounds[at] = append(bounds[at], bound{d.Offset, d.Number<<20 + d.After})
		o.Decisions++
		return nil
	})
	type ranked struct {
		Placed
		rank  int64
		input int
	}
	var all []ranked
	for input, topic := range topics {
		latest, floor := map[int32]int64{}, map[int32]int64{}
		if err != nil {
			break
		}
		err = ReadWith(ctx, reach, topic, func(r *kgo.Record) error {
			p := r.Partition
			for _, b := range bounds[spot{topic, p}] {
				if b.offset <= r.Offset {
					floor[p] = max(floor[p], b.rank)
				}
			}
			latest[p] = max(latest[p], r.Timestamp.UnixMilli()<<20)
			all = append(all, ranked{Placed{p, latest[p] < floor[p], Text(r)}, max(latest[p], floor[p]), input})
			return nil
		})
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.rank, b.rank), cmp.Compare(a.input, b.input))
	})
	for _, r := range all {
		o.Records = append(o.Records, r.Placed)
	}
	return o, err
}

// Compare says where the records that came, partition by partition, differ from the order for the first time; nil: nowhere.
func (o *Order) Compare(came []Placed) error {
	for i := range max(len(o.Records), len(came)) {
		switch {
		case i >= len(came):
			return fmt.Errorf("%d records came, want %d; the first that is missing is %+v", len(came), len(o.Records), o.Records[i])
		case i >= len(o.Records):
			return fmt.Errorf("%d records came, want %d; the first that is too many is %+v", len(came), len(o.Records), came[i])
		case o.Records[i] != came[i]:
			return fmt.Errorf("record %d of %d is %+v, want %+v", i, len(o.Records), came[i], o.Records[i])
		}
	}
	return nil
}
