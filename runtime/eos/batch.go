package eos

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/stage"
)

// batch is what one poll gave of one partition, without its markers.
type batch struct {
	input     int
	topic     string
	partition int32
	committed bookmark
	kept      *bookmarks // where the batch is held: what is committed now
	records   []*kgo.Record
	// offsets are those of records: the client uses Record.Offset for itself once a record is written again.
	offsets []int64
	// lent is true once some record was handed to the producer as it is; from then on records are copied. Their key, value,
	// headers and time stay as they were fetched.
	lent bool
	meta stage.Meta // given to the callers of Records, again and again
}

func (b *batch) Input() int       { return b.input }
func (b *batch) Topic() string    { return b.topic }
func (b *batch) Partition() int32 { return b.partition }
func (b *batch) Len() int         { return len(b.records) }

// Committed is the position that the partition had when the batch was polled, or has now where the batch is held, and its note.
func (b *batch) Committed() (int64, string) {
	at := b.committed
	if b.kept != nil {
		at = b.kept.at(spot{b.topic, b.partition})
	}
	return at.next, at.note
}

func (b *batch) Records(f func(i int, m *stage.Meta, value []byte) error) error {
	m := &b.meta
	m.Origin = stage.Origin{Topic: b.topic, Partition: b.partition}
	for i, r := range b.records {
		m.Key, m.Time, m.Headers = r.Key, r.Timestamp, m.Headers[:0]
		for _, h := range r.Headers {
			m.Headers = append(m.Headers, stage.Header(h))
		}
		m.Origin.Offset = b.offsets[i]
		if err := f(i, m, r.Value); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) origin(i int) stage.Origin {
	return stage.Origin{Topic: b.topic, Partition: b.partition, Offset: b.offsets[i]}
}

// fill takes the fetched records up to end, without markers, and gives the position after them.
func (b *batch) fill(fetched []*kgo.Record, end int64) position {
	var at position
	b.offsets = b.offsets[:0]
	kept := fetched[:0]
	at.epoch = -1
	for _, r := range fetched {
		if end != noEnd && r.Offset >= end {
			// What lies between the last record and the end has been compacted away.
			at.next = max(at.next, end)
			break
		}
		at.next, at.epoch = r.Offset+1, r.LeaderEpoch
		if !r.Attrs.IsControl() {
			kept = append(kept, r)
			b.offsets = append(b.offsets, r.Offset)
		}
	}
	b.records = kept
	return at
}

// release forgets the records, and keeps the memory of the rest.
func (b *batch) release() {
	clear(b.records)
	*b = batch{offsets: b.offsets[:0], meta: stage.Meta{Headers: b.meta.Headers[:0]}}
}
