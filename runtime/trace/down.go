package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// Descendants finds what the pipeline has made of the record r of stream: in the topics that the sub-topology writes, among the
// dead letters, and on through the topics in between. A dead letter, and whatever has a header anabranch.origin, names where it comes
// from; any other record is known by its key, time, headers and bytes, which routers keep. Of each topic it reads from the
// record's time on, and at most scanMax records.
func (c *Cluster) Descendants(ctx context.Context, stream *topology.Stream, r *kgo.Record, scanMax int) (*Found, error) {
	d := &descent{cluster: c, tracer: New(c.pipeline, c.Layout), max: scanMax, found: &Found{Descendants: []Descendant{}, Missing: []string{}, Notes: []string{}}}
	if err := d.follow(ctx, stream, r); err != nil {
		return nil, err
	}
	return d.found, nil
}

// descent is one search.
type descent struct {
	cluster *Cluster
	tracer  *Tracer
	max     int
	found   *Found
}

// follow looks for what came of r, and for what came of that.
func (d *descent) follow(ctx context.Context, stream *topology.Stream, r *kgo.Record) error {
	source := records.Meta(r)
	first := d.tracer.Event(stream, source, r.Value)
	if first == nil {
		return nil
	}
	if err := d.position(ctx, first.Sub, source.Origin); err != nil {
		return err
	}
	missing := len(d.found.Missing)
	for _, sink := range first.Sub.Sinks {
		expected := within(first, sink)
		alike, said, err := d.alike(ctx, sink.Topic(), r, expected)
		if err != nil {
			return err
		}
		sure := d.judge(sink, expected, alike, said)
		if sink.Reader == nil {
			continue
		}
		if !sure {
			d.found.note("%s: what came of it there is not followed, since too many records are alike", sink.Topic())
			continue
		}
		for _, next := range alike {
			if err := d.follow(ctx, sink, next); err != nil {
				return err
			}
		}
	}
	if len(d.found.Missing) > missing && first.Untold() != "" {
		d.found.note("%s puts records in order: it may still hold this one, or have found it late and sent it another way", first.Operator.Name)
	}
	return d.letters(ctx, first, source)
}

// within are the records that the steps of s's own sub-topology write to sink.
func within(s *Step, sink *topology.Stream) []*Arrival {
	return slices.DeleteFunc(s.Arrivals(), func(a *Arrival) bool { return a.Stream != sink })
}

// position notes where the group stands if it has not come to the record.
func (d *descent) position(ctx context.Context, sub *topology.Sub, at stage.Origin) error {
	group := d.cluster.pipeline.Group(sub)
	committed, err := d.cluster.admin.FetchOffsetsForTopics(ctx, group, at.Topic)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("ask where group %s stands: %w", group, err)
	}
	next, ok := committed.Lookup(at.Topic, at.Partition)
	switch {
	case !ok || next.At < 0:
		d.found.note("group %s has never run on %s[%d]", group, at.Topic, at.Partition)
	case next.At <= at.Offset:
		d.found.note("group %s has not come to it: its position in %s[%d] is %d", group, at.Topic, at.Partition, next.At)
	}
	return nil
}

// scan reads a topic from the time of the source on.
func (d *descent) scan(ctx context.Context, topic string, source *kgo.Record, see func(*kgo.Record)) error {
	admin := d.cluster.admin
	ends, err := records.Offsets(ctx, admin.ListCommittedOffsets, topic)
	if errors.Is(err, topics.ErrTopics) {
		d.found.note("there is no topic %s", topic)
		return nil
	}
	if err != nil {
		return err
	}
	listed, err := admin.ListOffsetsAfterMilli(ctx, source.Timestamp.UnixMilli(), topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return fmt.Errorf("list the offsets of topic %s by time: %w", topic, err)
	}
	ranges := map[int32][2]int64{}
	for partition, end := range ends {
		ranges[partition] = [2]int64{listed[topic][partition].Offset, end}
	}
	seen := 0
	return records.Range(ctx, d.cluster.options, topic, ranges, func(r *kgo.Record) error {
		if seen++; seen > d.max {
			d.found.note("%s: not all was looked at, only %d of what stands there from the record's time on", topic, d.max)
			return records.ErrStop
		}
		see(r)
		return nil
	})
}

// alike are the records of a topic that may come of source: those that say so, by a header, else those that are the same. The keys
// of expected count as well as its own.
func (d *descent) alike(ctx context.Context, topic string, source *kgo.Record, expected []*Arrival) (all []*kgo.Record, said bool, err error) {
	keys := [][]byte{source.Key}
	for _, a := range expected {
		keys = append(keys, a.Key)
	}
	origin := records.Meta(source).Origin.String()
	var sayers, same []*kgo.Record
	err = d.scan(ctx, topic, source, func(r *kgo.Record) {
		m := records.Meta(r)
		if at, ok := m.Header(deadletter.HeaderOrigin); ok && string(at) == origin {
			sayers = append(sayers, r)
		} else if isSame(source, r, keys) {
			same = append(same, r)
		}
	})
	if len(sayers) > 0 {
		return sayers, true, err
	}
	return same, false, err
}

// isSame tells whether r has the bytes, headers and time of source, and one of the keys. A topic may put its own times in place of
// those of records; and a replay of dead letters adds headers.
func isSame(source, r *kgo.Record, keys [][]byte) bool {
	if r.Attrs.TimestampType() != logAppendTime && !r.Timestamp.Equal(source.Timestamp) {
		return false
	}
	return equal(r.Value, source.Value) &&
		slices.ContainsFunc(keys, func(key []byte) bool { return equal(r.Key, key) }) &&
		slices.EqualFunc(own(r), own(source), func(a, b kgo.RecordHeader) bool { return a.Key == b.Key && equal(a.Value, b.Value) })
}

// own are the headers that neither a replay nor an ordered merger has added.
func own(r *kgo.Record) []kgo.RecordHeader {
	return slices.DeleteFunc(slices.Clone(r.Headers), func(h kgo.RecordHeader) bool {
		return ofReplay(h) || h.Key == topology.SequenceHeader || h.Key == topology.LateHeader
	})
}

func ofReplay(h kgo.RecordHeader) bool { return strings.HasPrefix(h.Key, deadletter.ReplayPrefix) }

// equal tells nil from what is empty: the one is a tombstone or no key.
func equal(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// letters finds the dead letters that the sub-topology of first made of the record at source.
func (d *descent) letters(ctx context.Context, first *Step, source stage.Meta) error {
	topic := d.cluster.pipeline.OnError.DeadLetter
	if topic == "" {
		return nil
	}
	names := map[string]bool{}
	err := d.scan(ctx, topic, &kgo.Record{Timestamp: source.Time}, func(r *kgo.Record) {
		m := records.Meta(r)
		l, ok := deadletter.Read(&m, r.Value)
		if !ok || l.Pipeline != d.cluster.pipeline.Name || l.Event.Origin != source.Origin {
			return
		}
		names[l.Operator] = true
		d.found.Descendants = append(d.found.Descendants, Descendant{
			Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Operator: l.Operator, Code: string(l.Code),
			Sure: Certain, Why: "its headers name the origin",
		})
	})
	for _, s := range first.All() {
		if s.Sub == first.Sub && s.Rejected != nil && !names[s.Operator.Name] {
			d.found.Missing = append(d.found.Missing, fmt.Sprintf("%s[%d], where a dead letter of %s belongs", s.Letter.Topic, s.Letter.Partition, s.Operator.Name))
		}
	}
	return err
}
