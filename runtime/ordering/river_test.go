package ordering_test

import (
	"context"
	"time"

	"github.com/anabranch-go/anabranch/runtime/ordering"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
)

// weight is what one record of a river counts.
const weight = 201

// said is one offset of a topic: a record, or a marker.
type said struct {
	Rank    int64
	Verdict ordering.Verdict
	Marker  bool
}

// gone is a record that went out.
type gone struct {
	Topic   string
	Offset  int64
	Verdict ordering.Verdict
}

// log is one partition of a topic as a broker has it, and one reader of it.
type log struct {
	topic           string
	said            []said
	stable, written int64 // how much of said is there already
	polled          int64
	committed       int64
	state           string
	paused          bool
}

// river is a transport.Holder over logs. What goes out counts once it is committed.
type river struct {
	transport.Holder
	logs  map[string]*log
	names []string
	ended bool
	stand map[string]standing
	held  map[*batch]bool
}

type standing struct {
	next  int64
	state string
}

type batch struct {
	transport.Batch
	log      *log
	from, to int64
	offsets  []int64
}

func (b *batch) Topic() string    { return b.log.topic }
func (b *batch) Partition() int32 { return 0 }
func (b *batch) Len() int         { return len(b.offsets) }

func (b *batch) Records(f func(int, *stage.Meta, []byte) error) error {
	for i, offset := range b.offsets {
		meta := stage.Meta{Time: time.UnixMilli(b.log.said[offset].Rank), Origin: stage.Origin{Topic: b.log.topic, Offset: offset}}
		if err := f(i, &meta, []byte{byte(b.log.said[offset].Verdict)}); err != nil {
			return err
		}
	}
	return nil
}

func newRiver(names []string, topics map[string][]said) *river {
	r := &river{logs: map[string]*log{}, names: names, stand: map[string]standing{}, held: map[*batch]bool{}}
	for name, said := range topics {
		r.logs[name] = &log{topic: name, said: said}
	}
	return r
}

// poll gives up to n offsets of a topic; nil where there is nothing to read.
func (r *river) poll(topic string, n int64) *batch {
	l := r.logs[topic]
	to := min(l.stable, l.polled+n)
	if l.paused || to <= l.polled {
		return nil
	}
	b := &batch{log: l, from: l.polled, to: to}
	for o := l.polled; o < to; o++ {
		if !l.said[o].Marker {
			b.offsets = append(b.offsets, o)
		}
	}
	l.polled = to
	return b
}

func (r *river) Hold(b transport.Batch) int64 {
	r.held[b.(*batch)] = true
	return b.(*batch).to
}

func (r *river) Release(b transport.Batch) {
	if !r.held[b.(*batch)] {
		panic("released what is not held")
	}
	delete(r.held, b.(*batch))
}

func (r *river) Stand(topic string, _ int32, next int64, state string) {
	r.stand[topic] = standing{next, state}
}

func (r *river) Standing(topic string, _ int32) (int64, string) {
	return r.logs[topic].committed, r.logs[topic].state
}

func (r *river) Pause(topic string, _ int32)  { r.logs[topic].paused = true }
func (r *river) Resume(topic string, _ int32) { r.logs[topic].paused = false }

func (r *river) End(_ context.Context, topic string, _ int32) (int64, bool) {
	return int64(len(r.logs[topic].said)), r.ended
}

func (r *river) Tail(_ context.Context, topic string, _ int32) (int64, int64, error) {
	return r.logs[topic].stable, r.logs[topic].written, nil
}

// commit makes what stands the committed positions.
func (r *river) commit() {
	for topic, s := range r.stand {
		if l := r.logs[topic]; s.next < l.committed {
			panic("a position went back")
		}
		r.logs[topic].committed, r.logs[topic].state = s.next, s.state
	}
	clear(r.stand)
}

// rewind reads again from what is committed, and ends pauses as the contract of a Holder says.
func (r *river) rewind() {
	clear(r.stand)
	clear(r.held)
	for _, l := range r.logs {
		l.polled, l.paused = l.committed, false
	}
}

func judge(_ string, m *stage.Meta, value []byte) (merger.Rank, ordering.Verdict) {
	return merger.Rank{N: m.Time.UnixMilli()}, ordering.Verdict(value[0])
}
