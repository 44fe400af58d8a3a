package eos

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// writing is the transaction at work, and the memory of what it writes. A record is read by the client until its
// promise is done; when a transaction has ended, all promises are, and the memory is used again.
type writing struct {
	open    bool
	doomed  bool // it must not be committed
	given   bool // the caller holds batches of it, or has written
	limit   *time.Timer
	batches []*batch // all that were polled for it
	lent    []loan
	cells   cells
	bytes   arena
}

// loan says that records of a batch were written to a sink as they were fetched.
type loan struct {
	sink  int
	batch *batch
}

// openMax is how long a transaction may stay open, and how long its end may take, before the session is given up.
const openMax = 30 * time.Second

// begin opens the transaction if none is open. False: it cannot be opened, and what is to be written is dropped
// because the Commit will fail.
func (m *member) begin() bool {
	if m.out.open {
		return true
	}
	m.out.given = true
	if m.out.doomed || m.s == nil || m.rewind { // what is held may have gone to others, and is about to be read again
		m.out.doomed = true
		return false
	}
	if err := m.s.gts.Begin(); err != nil {
		m.s.faults.add(nil, err)
		m.out.doomed = true
		return false
	}
	m.out.open = true
	m.out.limit = time.AfterFunc(m.openMax, m.s.kill)
	return true
}

// Forward writes all records of a batch of this transport, unchanged.
func (m *member) Forward(sink int, partition int32, tb transport.Batch) {
	b := tb.(*batch)
	if len(b.records) == 0 || !m.begin() {
		return
	}
	lend := m.lend(sink, b)
	for i, r := range b.records {
		if lend {
			m.produceAs(sink, partition, r)
		} else {
			m.copy(sink, partition, b, i)
		}
	}
}

// Select writes the picked records of a batch of this transport.
func (m *member) Select(sink int, tb transport.Batch, picks []stage.Pick) {
	b := tb.(*batch)
	if len(picks) == 0 || !m.begin() {
		return
	}
	lend, last := m.lend(sink, b), int32(-1)
	for k := range picks {
		p := &picks[k]
		if lend && !p.Rekey && p.Index > last {
			m.produceAs(sink, p.Partition, b.records[p.Index])
			last = p.Index
			continue
		}
		c := m.cell(sink, p.Partition, b, int(p.Index))
		if p.Rekey {
			c.record.Key = m.out.bytes.copy(p.Key)
		}
		m.produce(c)
	}
}

// Add writes a record that the runtime made.
func (m *member) Add(sink int, partition int32, meta *stage.Meta, value []byte) {
	if !m.begin() {
		return
	}
	c := m.out.cells.next()
	c.sink, c.origin = sink, meta.Origin
	r := &c.record
	r.Topic, r.Partition, r.Timestamp = m.config.Sinks[sink], partition, meta.Time
	r.Key, r.Value = m.out.bytes.copy(meta.Key), m.out.bytes.copy(value)
	for _, h := range meta.Headers {
		// Keys are short and rare: strings cannot be copied into the arena.
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: string([]byte(h.Key)), Value: m.out.bytes.copy(h.Value)})
	}
	m.produce(c)
}

// lend tells whether the records of b may be written as they are: only to the first sink that they go to.
func (m *member) lend(sink int, b *batch) bool {
	if b.lent || m.hunt.on() {
		return false
	}
	b.lent = true
	m.out.lent = append(m.out.lent, loan{sink, b})
	return true
}

func (m *member) produceAs(sink int, partition int32, r *kgo.Record) {
	r.Topic, r.Partition = m.config.Sinks[sink], partition
	m.s.gts.Produce(m.s.ctx, r, m.s.promise)
}

// cell makes a copy of record i of b for a sink. It copies only the fields that the client leaves alone: the record
// may be in its hands.
func (m *member) cell(sink int, partition int32, b *batch, i int) *cell {
	src, c := b.records[i], m.out.cells.next()
	c.sink, c.origin = sink, b.origin(i)
	r := &c.record
	r.Key, r.Value, r.Headers, r.Timestamp = src.Key, src.Value, src.Headers, src.Timestamp
	r.Topic, r.Partition = m.config.Sinks[sink], partition
	return c
}

func (m *member) copy(sink int, partition int32, b *batch, i int) {
	m.produce(m.cell(sink, partition, b, i))
}

func (m *member) produce(c *cell) {
	if m.hunt.on() && m.hunt.produce(m.s, c) {
		return
	}
	m.s.gts.Produce(m.s.ctx, &c.record, m.s.promise)
}

// settle ends the transaction's bookkeeping: nothing of it is in the client's hands any more.
func (m *member) settle() {
	if m.out.limit != nil {
		m.out.limit.Stop()
	}
	for _, b := range m.out.batches {
		if !m.holds.batches[b] {
			b.release()
			m.spare = append(m.spare, b)
		}
	}
	m.holds.settle()
	clear(m.out.batches)
	clear(m.out.lent)
	m.out.cells.reset()
	m.out.bytes.reset()
	m.out = writing{batches: m.out.batches[:0], lent: m.out.lent[:0], cells: m.out.cells, bytes: m.out.bytes}
	clear(m.at.moved)
	clear(m.at.notes)
	clear(m.at.states)
}
