package runtime

import (
	"context"
	"errors"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// record is one record of a memory.
type record struct {
	meta  stage.Meta
	value string
}

// written is one record that was written to a sink.
type written struct {
	partition int32
	record
}

// memory is a transport over slices. Positions and outputs move on a true commit only, as behind a broker.
type memory struct {
	inputs map[int32][]record // by partition; the topic is "in"
	round  int                // records of a partition that one Poll gives; 0: all
	// decide says what becomes of the commit number n, from 0; nil commits.
	decide func(n int, open map[int][]written) (bool, error)
	// endless keeps Ended from coming true; then idle is called when everything is committed.
	endless bool
	idle    func()

	read, committed map[int32]int
	notes, noted    map[int32]string // new and committed ones
	open, out       map[int][]written
	commits         int
	forwards        int
	unreadable      bool // Records must not be called
	closed          bool
}

func newMemory(inputs map[int32][]record) *memory {
	m := &memory{inputs: inputs, read: map[int32]int{}, committed: map[int32]int{}, notes: map[int32]string{}, noted: map[int32]string{}, open: map[int][]written{}, out: map[int][]written{}}
	for p, records := range inputs {
		for i := range records {
			records[i].meta.Origin = stage.Origin{Topic: "in", Partition: p, Offset: int64(i)}
		}
	}
	return m
}

func (m *memory) Poll(ctx context.Context) (transport.Round, error) {
	var round transport.Round
	for p, records := range m.inputs {
		from := m.read[p]
		to := len(records)
		if m.round > 0 {
			to = min(to, from+m.round)
		}
		if from < to {
			round.Batches = append(round.Batches, memoryBatch{m, p, records[from:to]})
			m.read[p] = to
		}
	}
	if len(round.Batches) > 0 {
		return round, nil
	}
	done := true
	for p, records := range m.inputs {
		done = done && m.committed[p] == len(records)
	}
	switch {
	case !done: // polled and not committed yet
		return round, nil
	case !m.endless:
		round.Ended = true
		return round, nil
	}
	if m.idle != nil {
		m.idle()
	}
	<-ctx.Done()
	return round, ctx.Err()
}

func (m *memory) Forward(sink int, partition int32, b transport.Batch) {
	m.forwards++
	for _, r := range b.(memoryBatch).records {
		m.open[sink] = append(m.open[sink], written{partition, r})
	}
}

func (m *memory) Select(sink int, b transport.Batch, picks []stage.Pick) {
	for _, p := range picks {
		r := b.(memoryBatch).records[p.Index]
		if p.Rekey {
			r.meta.Key = slices.Clone(p.Key)
		}
		m.open[sink] = append(m.open[sink], written{p.Partition, r})
	}
}

func (m *memory) Add(sink int, partition int32, meta *stage.Meta, value []byte) {
	m.open[sink] = append(m.open[sink], written{partition, record{*meta, string(value)}})
}

func (m *memory) Note(_ string, partition int32, note string) { m.notes[partition] = note }

func (m *memory) Commit(context.Context) (bool, error) {
	ok, err := true, error(nil)
	if m.decide != nil {
		ok, err = m.decide(m.commits, m.open)
	}
	m.commits++
	if ok {
		for sink, records := range m.open {
			m.out[sink] = append(m.out[sink], records...)
		}
		for p, at := range m.read {
			if note, ok := m.notes[p]; ok && at > m.committed[p] {
				m.noted[p] = note
			}
			m.committed[p] = at
		}
	}
	m.rewind()
	return ok, err
}

func (m *memory) rewind() {
	m.open = map[int][]written{}
	clear(m.notes)
	for p := range m.inputs {
		m.read[p] = m.committed[p]
	}
}

func (m *memory) Abort(context.Context) error { m.rewind(); return nil }
func (m *memory) Close()                      { m.rewind(); m.closed = true }

// memoryBatch is consecutive records of one partition.
type memoryBatch struct {
	from      *memory
	partition int32
	records   []record
}

func (b memoryBatch) Input() int       { return 0 }
func (b memoryBatch) Topic() string    { return "in" }
func (b memoryBatch) Partition() int32 { return b.partition }
func (b memoryBatch) Len() int         { return len(b.records) }
func (b memoryBatch) Committed() (int64, string) {
	return int64(b.from.committed[b.partition]), b.from.noted[b.partition]
}

func (b memoryBatch) Records(f func(int, *stage.Meta, []byte) error) error {
	if b.from.unreadable {
		return errors.New("records were looked at")
	}
	for i := range b.records {
		if err := f(i, &b.records[i].meta, []byte(b.records[i].value)); err != nil {
			return err
		}
	}
	return nil
}

// keyed makes records with these keys, whose values are their keys again.
func keyed(keys ...string) []record {
	var all []record
	for _, k := range keys {
		r := record{value: "value of " + k}
		if k != "" {
			r.meta.Key = []byte(k)
		}
		all = append(all, r)
	}
	return all
}
