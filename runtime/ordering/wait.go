package ordering

import (
	"context"
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/stage/merger"
)

// Stall is what holds the output back while records wait on other inputs.
type Stall struct {
	Topic     string
	Partition int32
	Since     time.Time
	Reason    string // what it waits for, and so what would release it
}

// lookEvery is the least time between two looks at the tails of inputs that are waited for.
const lookEvery = 200 * time.Millisecond

// Wait finds out whether the lane that holds the others back must be waited for. It returns true where it decided that it
// need not be, so that more can go out. now must not be less than at the last call.
func (m *Merge) Wait(ctx context.Context, now time.Time) (decided bool) {
	if m.order == nil {
		return false
	}
	i, blocked := m.order.Blocking()
	if !blocked || !m.anyWaits() {
		m.stall = Stall{}
		return false
	}
	l := &m.lanes[i]
	if m.repeat(i, l.next) {
		return true
	}
	if end, known := m.holder.End(ctx, l.topic, m.config.Partition); known && l.next >= end {
		m.decide(i)
		return true
	}
	if !m.heldBack() {
		m.stall = Stall{}
		return false
	}
	if l.topic != m.stall.Topic || m.stall.Since.IsZero() {
		m.stall = Stall{Topic: l.topic, Partition: m.config.Partition, Since: now}
	}
	if !m.idle(ctx, l, now) {
		return false
	}
	m.decide(i)
	return true
}

// heldBack tells whether a record waits. A heartbeat may wait: nobody misses it.
func (m *Merge) heldBack() bool {
	for i := range m.lanes {
		if m.lanes[i].solid > 0 {
			return true
		}
	}
	return false
}

// Stalled tells what holds the output back now; false where nothing does.
func (m *Merge) Stalled() (Stall, bool) { return m.stall, !m.stall.Since.IsZero() }

func (m *Merge) anyWaits() bool {
	for i := range m.lanes {
		if len(m.lanes[i].queue) > 0 {
			return true
		}
	}
	return false
}

// idle tells whether a lane without records is waited for no longer, and else notes in the stall why it is.
func (m *Merge) idle(ctx context.Context, l *lane, now time.Time) bool {
	if end, known := m.holder.End(ctx, l.topic, m.config.Partition); known && l.next < end {
		m.stall.Reason = fmt.Sprintf("its records from offset %d up to %d, where it ends, are still to be read", l.next, end)
		return false
	}
	switch {
	case m.config.Recorded != nil:
		m.stall.Reason = "the run that is repeated did not decide to go on without it here; a record on it, with a rank that is not less, releases it"
		return false
	case m.config.IdleAfter == 0:
		m.stall.Reason = "a record on it, or a heartbeat, with a rank that is not less, releases it: `wait: strict`"
		return false
	}
	if err := m.look(ctx, now); err != nil {
		m.stall.Reason = err.Error()
		return false
	}
	switch {
	case l.idle.IsZero() && l.readable < l.written:
		m.stall.Reason = fmt.Sprintf("a transaction is open on it: it can be read up to offset %d of %d; its end releases it", l.readable, l.written)
	case l.idle.IsZero():
		m.stall.Reason = fmt.Sprintf("its records from offset %d up to %d are still to be read", l.next, l.readable)
	case now.Sub(l.idle) < m.config.IdleAfter:
		left := m.config.IdleAfter - now.Sub(l.idle)
		m.stall.Reason = fmt.Sprintf("it is read to its end; in %s it is no longer waited for", left.Round(100*time.Millisecond))
	default:
		return true
	}
	return false
}

// look finds out which lanes are read to their end. That an open transaction lies behind the last record that can be read is
// not the end.
func (m *Merge) look(ctx context.Context, now time.Time) error {
	if now.Sub(m.looked) < lookEvery {
		return nil
	}
	m.looked = now
	for i := range m.lanes {
		l := &m.lanes[i]
		if len(l.queue) > 0 {
			continue
		}
		var err error
		if l.readable, l.written, err = m.holder.Tail(ctx, l.topic, m.config.Partition); err != nil {
			return fmt.Errorf("ask how far %s[%d] is written: %w", l.topic, m.config.Partition, err)
		}
		switch atEnd := l.next >= l.readable && l.readable == l.written; {
		case !atEnd:
			l.idle = time.Time{}
		case l.idle.IsZero():
			l.idle = now
		}
	}
	return nil
}

// decide lets a lane be waited for no longer below whatever waits on the others.
func (m *Merge) decide(i int) {
	bound := merger.Beginning.Bound
	for k := range m.lanes {
		l := &m.lanes[k]
		if k == i || len(l.queue) == 0 {
			continue
		}
		upTo := l.newest
		if standing := m.order.Standing(k); upTo.Less(standing) {
			upTo = standing
		}
		if k > i {
			upTo = upTo.Beyond() // of equal ranks, the lane before goes first
		}
		if bound.Less(upTo) {
			bound = upTo
		}
	}
	l := &m.lanes[i]
	m.order.Bound(i, bound)
	m.log = append(m.log, Decision{Topic: l.topic, Partition: m.config.Partition, Offset: l.next, Bound: bound})
}

// repeat makes the recorded decisions that come before an offset of a lane, and tells whether one of them said something new.
func (m *Merge) repeat(i int, offset int64) (said bool) {
	l := &m.lanes[i]
	for len(l.recorded) > 0 && l.recorded[0].Offset <= offset {
		d := l.recorded[0]
		l.recorded = l.recorded[1:]
		if m.order.Progress(i).Bound.Less(d.Bound) {
			m.order.Bound(i, d.Bound)
			m.log = append(m.log, d)
			said = true
		}
	}
	return said
}
