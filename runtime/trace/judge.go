package trace

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/topology"
)

// logAppendTime is the type of the timestamps of a topic that puts its own in place of those of records.
const logAppendTime = 1

// judge says of records of a sink that may come of a source how sure that is, and tells whether it is sure enough to go on from
// them. Expected is what the pipeline would write there.
func (d *descent) judge(sink *topology.Stream, expected []*Arrival, alike []*kgo.Record, said bool) (sure bool) {
	sure = true
	for _, r := range alike {
		must := count(expected, func(a *Arrival) bool { return a.Partition == r.Partition && equal(a.Key, r.Key) })
		have := count(alike, func(other *kgo.Record) bool { return other.Partition == r.Partition && equal(other.Key, r.Key) })
		one := Descendant{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Stream: sink.Name}
		one.Sure, one.Why = Certain, "its header names the origin"
		if !said {
			one.Sure, one.Why = sureness(r, must, have)
		}
		sure = sure && one.Sure != Ambiguous
		d.found.Descendants = append(d.found.Descendants, one)
	}
	for i, a := range expected {
		same := func(b *Arrival) bool { return a.Partition == b.Partition && equal(a.Key, b.Key) }
		before := count(expected[:i], same)
		have := count(alike, func(r *kgo.Record) bool { return r.Partition == a.Partition && equal(r.Key, a.Key) })
		if have <= before {
			d.found.Missing = append(d.found.Missing, fmt.Sprintf("%s[%d], where stream %s has it", a.Stream.Topic(), a.Partition, a.Stream.Name))
		}
	}
	return sure
}

// sureness judges one record: must of its kind there should be, and have there are.
func sureness(r *kgo.Record, must, have int) (Sureness, string) {
	same := "same key, time and bytes"
	if r.Attrs.TimestampType() == logAppendTime {
		same = "same key and bytes; the topic keeps times of its own"
	}
	if slices.ContainsFunc(r.Headers, ofReplay) {
		same += ", by way of a replayed dead letter"
	}
	switch {
	case have > max(must, 1):
		return Ambiguous, fmt.Sprintf("%s; %d records are alike", same, have)
	case must == 0:
		return Likely, same + ", but not where the pipeline would put it today"
	case have < must:
		return Likely, fmt.Sprintf("%s; %d of %d records", same, have, must)
	case must > 1:
		return VeryLikely, fmt.Sprintf("%s; %d records, as there must be", same, have)
	}
	return VeryLikely, same + "; 1 candidate"
}

func count[T any](of []T, is func(T) bool) int {
	n := 0
	for _, one := range of {
		if is(one) {
			n++
		}
	}
	return n
}
