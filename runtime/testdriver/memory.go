package testdriver

import (
	"bytes"
	"context"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// Poll gives a batch of chance's length from some of the partitions that have records.
func (m *memory) Poll(context.Context) (transport.Round, error) {
	sources := m.unread()
	m.chance.Shuffle(len(sources), func(i, k int) { sources[i], sources[k] = sources[k], sources[i] })
	round := transport.Round{Rewound: m.rewound}
	if len(sources) == 0 {
		return round, nil
	}
	for _, s := range sources[:1+m.chance.IntN(len(sources))] {
		log := m.cluster[s.topic][s.partition]
		from := s.read
		s.read += 1 + m.chance.IntN(len(log)-from)
		round.Batches = append(round.Batches, &batch{s, int64(from), log[from:s.read]})
	}
	return round, nil
}

// Forward writes all records of b to one partition of a sink.
func (m *memory) Forward(sink int, partition int32, b transport.Batch) {
	for _, r := range b.(*batch).records {
		m.write(sink, partition, &r.Meta, r.value, r.given)
	}
}

// Select writes the picked records of b.
func (m *memory) Select(sink int, b transport.Batch, picks []stage.Pick) {
	for i := range picks {
		r := b.(*batch).records[picks[i].Index]
		meta := r.Meta
		if picks[i].Rekey {
			meta.Key = append([]byte{}, picks[i].Key...)
		}
		m.write(sink, picks[i].Partition, &meta, r.value, r.given)
	}
}

// Add writes a record that the runtime made: it names the record of an input that it comes from. A decision about an input is of no
// record, and may name one that is still to come.
func (m *memory) Add(sink int, partition int32, meta *stage.Meta, value []byte) {
	at := meta.Origin
	given := nobody
	if log := m.cluster[at.Topic][at.Partition]; at.Offset < int64(len(log)) {
		given = log[at.Offset].given
	}
	own := *meta
	own.Key = bytes.Clone(meta.Key)
	own.Headers = append([]stage.Header(nil), meta.Headers...)
	m.write(sink, partition, &own, bytes.Clone(value), given)
}

func (m *memory) write(sink int, partition int32, meta *stage.Meta, value []byte, given int) {
	m.open = append(m.open, written{m.sinks[sink], partition, &record{*meta, value, given}})
}

// Note keeps a note beside a position.
func (m *memory) Note(topic string, partition int32, note string) {
	for _, s := range m.sources {
		if s.topic == topic && s.partition == partition {
			s.note, s.changed = note, true
		}
	}
}

// Commit makes what was written readable.
func (m *memory) Commit(context.Context) (bool, error) {
	for _, w := range m.open {
		m.cluster.append(w.topic, w.partition, w.record)
	}
	m.open = m.open[:0]
	for _, s := range m.sources {
		s.committed = s.read
		if s.stands {
			s.stood = s.standing
			s.committed = s.stood.next
		}
		if s.changed {
			s.noted, s.changed = s.note, false
		}
	}
	return true, nil
}

// Abort forgets what was written and what is held, and reads it again.
func (m *memory) Abort(context.Context) error {
	m.open = m.open[:0]
	m.rewound++
	for _, s := range m.sources {
		s.read, s.changed = s.committed, false
		s.held, s.standing, s.paused = 0, s.stood, false
	}
	return nil
}

// Close does nothing: a cluster in memory holds nothing that must be given back.
func (m *memory) Close() {}

// batch is consecutive records of one partition.
type batch struct {
	*source
	from    int64 // the offset of the first
	records []*record
}

func (b *batch) Input() int                 { return b.input }
func (b *batch) Topic() string              { return b.topic }
func (b *batch) Partition() int32           { return b.partition }
func (b *batch) Len() int                   { return len(b.records) }
func (b *batch) Committed() (int64, string) { return int64(b.committed), b.noted }

// Records gives each record in turn.
func (b *batch) Records(f func(i int, m *stage.Meta, value []byte) error) error {
	for i, r := range b.records {
		if err := f(i, &r.Meta, r.value); err != nil {
			return err
		}
	}
	return nil
}
