// Package ordering runs an ordered merger for one task: it holds the batches of all inputs, lets merger.Ordered decide
// which record goes out next, and decides itself when an input that is silent is no longer waited for. Each such decision
// is logged, so that a replay which repeats the decisions comes to the same output.
//
// It knows nothing of operators: what goes out is given to a function, run by run.
package ordering

import (
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
)

// Verdict is where a record stands in the order.
type Verdict uint8

// A record is in its place, or is late, or its rank is too far ahead of its own time, or it is a heartbeat, which only says
// how far its input is, or it has no rank because the expression failed.
const (
	InPlace Verdict = iota
	Late
	Ahead
	Heartbeat
	Failed
)

// Config says what is merged and how.
type Config struct {
	Partition int32
	Topics    []string // one lane each, in the order that decides between equal ranks
	// Judge gives the rank of a record, and InPlace, Ahead, Heartbeat or Failed; Late is found here.
	Judge func(topic string, m *stage.Meta, value []byte) (merger.Rank, Verdict)
	// IdleAfter is how long an input must have been read to its end before it is no longer waited for; 0: for ever.
	IdleAfter time.Duration
	// Recorded are the decisions of an earlier run which this one repeats, by topic and in their order; nil: it decides itself.
	Recorded map[string][]Decision
	// BytesMax bounds what is held of one lane, in bytes of memory; more than that is one batch at most.
	BytesMax int64
}

// Decision says that a lane is not waited for below a rank: whatever comes on it from an offset on and is less is late.
type Decision struct {
	Topic     string
	Partition int32
	Offset    int64
	Bound     merger.Rank
}

// Run is consecutive records of one held batch that go out one after the other.
type Run struct {
	Batch    transport.Batch
	From, To int       // records From to To-1
	Verdicts []Verdict // of the whole batch
}

// Merge is the ordered merger of one task. One goroutine uses it.
type Merge struct {
	config Config
	holder transport.Holder
	order  *merger.Ordered // nil until the first batch after a start or a rewind
	lanes  []lane
	lane   map[string]int // by topic
	log    []Decision     // that were made since the last Settle
	run    Run
	on     int // the lane of run
	spare  []*held
	stall  Stall
	looked time.Time // when the tails were
	seq    uint64    // records that went out in their place, ever
}

// New makes the Merge of a task. Nothing is read before the first batch comes.
func New(holder transport.Holder, c Config) *Merge {
	m := &Merge{config: c, holder: holder, lane: map[string]int{}, lanes: make([]lane, len(c.Topics))}
	for i, topic := range c.Topics {
		m.lane[topic] = i
		m.lanes[i].topic = topic
	}
	return m
}

// Drop forgets everything that is held: it will be polled again, or belongs to another worker.
func (m *Merge) Drop() {
	m.order, m.log, m.stall = nil, nil, Stall{}
	for i := range m.lanes {
		m.lanes[i] = lane{topic: m.lanes[i].topic}
	}
}

// load goes on from what is committed.
func (m *Merge) load() error {
	progress := make([]merger.Progress, len(m.lanes))
	for i := range m.lanes {
		l := &m.lanes[i]
		next, text := m.holder.Standing(l.topic, m.config.Partition)
		s, err := readState(text)
		if err != nil {
			return fmt.Errorf("read the state of %s[%d]: %w", l.topic, m.config.Partition, err)
		}
		l.next, l.stood, l.state = next, next, text
		l.newest = s.progress.Latest
		progress[i] = s.progress
		if i == 0 {
			m.seq = s.seq
		}
		l.recorded = m.config.Recorded[l.topic]
	}
	m.order = merger.NewOrdered(progress)
	return nil
}

// Take holds a batch until its records have gone out.
func (m *Merge) Take(b transport.Batch) error {
	if m.order == nil {
		if err := m.load(); err != nil {
			return err
		}
	}
	l := &m.lanes[m.lane[b.Topic()]]
	l.next = m.holder.Hold(b)
	l.idle = time.Time{}
	if b.Len() == 0 {
		m.holder.Release(b)
		return nil
	}
	h, err := m.judge(l, b)
	if err != nil {
		return err
	}
	l.queue = append(l.queue, h)
	l.bytes += h.bytes
	if l.bytes > m.config.BytesMax && !l.paused {
		l.paused = true
		m.holder.Pause(l.topic, m.config.Partition)
	}
	if len(l.queue) == 1 {
		m.push(m.lane[b.Topic()])
	}
	return nil
}

// Drain gives out all that may go out now, run by run, in the order. It returns how many records those were.
func (m *Merge) Drain(out func(*Run) error) (records int, err error) {
	if m.order == nil {
		return 0, nil
	}
	m.on = -1
	for {
		i, ok := m.order.Next()
		if !ok {
			break
		}
		records++
		if err := m.step(i, out); err != nil {
			return records, err
		}
	}
	return records, m.flush(out)
}

// step takes the head of a lane into the run, and gives the lane its next one.
func (m *Merge) step(i int, out func(*Run) error) error {
	l := &m.lanes[i]
	h := l.queue[0]
	if m.on != i {
		if err := m.flush(out); err != nil {
			return err
		}
		m.on = i
		m.run = Run{Batch: h.batch, From: l.at, To: l.at, Verdicts: h.verdicts}
	}
	if h.verdicts[l.at] != Heartbeat {
		l.solid--
	}
	m.run.To++
	l.at++
	if l.at < h.batch.Len() {
		m.push(i)
		return nil
	}
	err := m.flush(out)
	l.queue, l.at = l.queue[1:], 0
	l.done = append(l.done, h)
	l.bytes -= h.bytes
	if l.paused && l.bytes <= m.config.BytesMax/2 {
		l.paused = false
		m.holder.Resume(l.topic, m.config.Partition)
	}
	if len(l.queue) > 0 {
		m.push(i)
	}
	return err
}

func (m *Merge) flush(out func(*Run) error) error {
	if m.on < 0 {
		return nil
	}
	m.on = -1
	return out(&m.run)
}

// push gives a lane its head, once the decisions that come before it are made.
func (m *Merge) push(i int) {
	l := &m.lanes[i]
	h := l.queue[0]
	m.repeat(i, h.offset(l.at))
	switch h.verdicts[l.at] {
	case Ahead, Failed:
		m.order.Aside(i)
	case Heartbeat:
		m.order.Push(i, h.ranks[l.at])
	default:
		if m.order.Push(i, h.ranks[l.at]) {
			h.verdicts[l.at] = Late
		}
	}
}

// Moved tells whether an input without records that wait was read further than is committed: behind markers, or what
// compaction took away.
func (m *Merge) Moved() bool {
	for i := range m.lanes {
		if l := &m.lanes[i]; m.order != nil && len(l.queue) == 0 && l.next != l.stood {
			return true
		}
	}
	return false
}

// Sequence counts one more record that goes out in its place, and gives its number, from 0.
func (m *Merge) Sequence() uint64 {
	m.seq++
	return m.seq - 1
}

// Decided are the decisions that were made or repeated since it was last called: they must be written in the transaction that
// Stand is part of.
func (m *Merge) Decided() []Decision {
	made := m.log
	m.log = nil
	return made
}

// Stand tells the transport what the commit that follows is to commit.
func (m *Merge) Stand() {
	if m.order == nil {
		return
	}
	for i := range m.lanes {
		l := &m.lanes[i]
		next := l.next
		if len(l.queue) > 0 {
			next = l.queue[0].offset(l.at)
		}
		s := state{progress: m.order.Progress(i)}
		if i == 0 {
			s.seq = m.seq
		}
		if text := s.text(); next != l.stood || text != l.state {
			l.open = &standing{next, text}
			m.holder.Stand(l.topic, m.config.Partition, next, text)
		}
	}
}

// Settle ends the transaction: what went out in it is committed, or all that is held will be polled again.
func (m *Merge) Settle(committed bool) {
	if !committed {
		m.Drop()
		return
	}
	for i := range m.lanes {
		l := &m.lanes[i]
		if l.open != nil {
			l.stood, l.state, l.open = l.open.next, l.open.state, nil
		}
		for _, h := range l.done {
			m.holder.Release(h.batch)
			h.batch = nil
			m.spare = append(m.spare, h)
		}
		l.done = l.done[:0]
	}
}
