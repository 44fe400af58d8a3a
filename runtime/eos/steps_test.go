package eos

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// model is a broker's positions of one group, and a member's idea of them, without a client between.
type model struct {
	t      *testing.T
	random *rand.Rand
	broker map[spot]bookmark
	owned  map[spot]bool
	at     positions
	notes  int
}

// Whatever becomes of commits and partitions, a member commits what it gave out and nothing else, with the last note that was
// meant for it, and goes on from what the broker has. One seed gives one sequence of steps.
func TestPositionsAgreeWithTheBroker(t *testing.T) {
	for seed := range uint64(300) {
		m := &model{
			t: t, random: rand.New(rand.NewPCG(seed, 0)), broker: map[spot]bookmark{}, owned: map[spot]bool{},
			at: positions{moved: map[spot]position{}, notes: map[spot]string{}, kept: newBookmarks(), instance: "a"},
		}
		steps := []func(spot){m.read, m.read, m.note, m.commit, m.commit, m.away, m.back}
		for range 200 {
			steps[m.random.IntN(len(steps))](spot{"in", m.random.Int32N(3)})
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// read gives out some records of a partition.
func (m *model) read(s spot) {
	if m.owned[s] {
		from := m.at.kept.at(s).next
		if moved, ok := m.at.moved[s]; ok {
			from = moved.next
		}
		m.at.moved[s] = position{from + 1 + m.random.Int64N(5), m.random.Int32N(3)}
	}
}

// note keeps a note beside a position that moves.
func (m *model) note(s spot) {
	if _, ok := m.at.moved[s]; ok {
		m.notes++
		m.at.notes[s] = fmt.Sprint("note ", m.notes)
	}
}

// commit asks for one. The client offers all that it owns, at positions of its own; the broker may take it or not, and may say so or
// not.
func (m *model) commit(spot) {
	req := kmsg.NewTxnOffsetCommitRequest()
	topic := kmsg.NewTxnOffsetCommitRequestTopic()
	topic.Topic = "in"
	for p := range int32(3) {
		if m.owned[spot{"in", p}] {
			part := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			part.Partition, part.Offset = p, 1_000_000
			topic.Partitions = append(topic.Partitions, part)
		}
	}
	req.Topics = append(req.Topics, topic)
	err := m.at.into(&req)
	for s := range m.at.moved {
		if !m.owned[s] && err == nil {
			m.t.Errorf("%s was taken away, and is committed", s)
		}
	}
	applied, told := err == nil && m.random.IntN(3) > 0, m.random.IntN(3) > 0
	want := map[spot]bookmark{}
	for s, at := range m.at.moved {
		want[s] = bookmark{next: at.next, note: m.broker[s].note}
		if note, ok := m.at.notes[s]; ok {
			want[s] = bookmark{next: at.next, note: note}
		}
	}
	if applied {
		m.apply(&req, want)
	}
	if applied && told {
		m.at.committed()
	} else {
		for s := range m.owned {
			m.at.kept.set(s, m.broker[s]) // as resync does
		}
	}
	clear(m.at.moved)
	clear(m.at.notes)
	for s := range m.owned {
		if got := m.at.kept.at(s); got.next != m.broker[s].next || got.note != m.broker[s].note {
			m.t.Errorf("%s goes on from %+v, and the broker has %+v", s, got, m.broker[s])
		}
	}
}

// apply makes what was asked for the broker's.
func (m *model) apply(req *kmsg.TxnOffsetCommitRequest, want map[spot]bookmark) {
	for _, t := range req.Topics {
		for _, part := range t.Partitions {
			s := spot{t.Topic, part.Partition}
			got := bookmark{next: part.Offset, note: NoteIn(*part.Metadata)}
			if w, ok := want[s]; !ok || got != w {
				m.t.Errorf("%s: %+v is committed, want %+v", s, got, w)
			}
			m.broker[s] = got
			delete(want, s)
		}
	}
	if len(want) > 0 {
		m.t.Errorf("%v is not committed", want)
	}
}

// away gives a partition to another worker, which goes on with it.
func (m *model) away(s spot) {
	delete(m.owned, s)
	m.notes++
	m.broker[s] = bookmark{next: m.broker[s].next + m.random.Int64N(10), note: fmt.Sprint("note ", m.notes)}
}

// back gives it back, with what the broker has. What was given out of it before cannot be committed any more.
func (m *model) back(s spot) {
	if m.owned[s] {
		return
	}
	if _, ok := m.at.moved[s]; ok {
		m.commit(s) // the transaction ends first: the member is told that the task went
	}
	m.owned[s] = true
	m.at.kept.set(s, m.broker[s])
}
