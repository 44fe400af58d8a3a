package eos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// pace is the least time between the end of a transaction and the end of one that carries positions alone: back to back,
// brokers abort a third of those.
const pace = 50 * time.Millisecond

// Commit ends the transaction. It is the only place that asks for a commit, and it asks only when every write has been
// acknowledged.
func (m *member) Commit(ctx context.Context) (bool, error) {
	if m.final != nil {
		return false, m.final
	}
	if !m.out.open && !m.out.doomed && len(m.at.moved) == 0 {
		m.settle()
		m.forget()
		return true, nil
	}
	defer m.forget()
	if m.out.doomed || m.s == nil {
		return false, m.drop()
	}
	if !m.out.open {
		m.wait(ctx, pace-time.Since(m.ended))
		if !m.begin() {
			return false, m.drop()
		}
	}
	m.out.limit.Reset(m.openMax)
	if err := m.s.gts.Client().Flush(m.s.ctx); err != nil {
		m.destroy(fmt.Errorf("flush within %s: %w", m.openMax, err))
		return false, m.final
	}
	if m.s.faults.any() != nil {
		return false, m.drop()
	}
	committed, err := m.s.gts.End(kgo.PreTxnCommitFnContext(m.s.ctx, m.at.into), kgo.TryCommit)
	m.ended = time.Now()
	switch {
	case errors.Is(err, errNotOwned), err == nil && !committed:
		m.setbacks++
		m.rewound()
		return false, nil
	case err != nil:
		m.leaveNotes(err)
		m.destroy(fmt.Errorf("commit: %w", err))
		return false, m.final
	}
	m.setbacks, m.trouble = 0, nil
	m.hunt.passed()
	m.at.committed()
	m.settle()
	return true, nil
}

// leaveNotes goes on without notes where the brokers take less beside a position than is usual: positions must be committed, and
// counts only may be.
func (m *member) leaveNotes(why error) {
	if !m.at.bare && errors.Is(why, kerr.OffsetMetadataTooLarge) {
		m.at.bare = true
		m.log.Warn("the brokers take less metadata beside a position than the counts need: positions are committed without, and anabranch audit cannot say anything; offset.metadata.max.bytes should be 4096, as is usual", "err", why)
	}
}

// Abort ends the transaction without committing.
func (m *member) Abort(context.Context) error {
	if m.final != nil {
		return m.final
	}
	if m.out.open || m.out.doomed || len(m.at.moved) > 0 {
		m.end()
		m.forget()
	}
	return m.final
}

// forget: the caller has been told what became of all that it was given.
func (m *member) forget() { m.out.doomed, m.out.given = false, false }

// drop aborts a transaction that must not be committed, and finds out what is to be done about the reason. The error
// is a *transport.Refused or final.
func (m *member) drop() error {
	if m.s == nil {
		m.rewound()
		return nil
	}
	first, refused, why := m.s.faults.take()
	smaller := m.learnLimits(why)
	suspects := m.suspects(refused)
	clean := m.end()
	if smaller && clean {
		m.destroy(fmt.Errorf("write: %w", why)) // the client goes on with the limits it was made with
		if !slices.ContainsFunc(suspects, func(r refusedRecord) bool { return r.oversize }) {
			return m.final // batches of the size that is taken now may pass
		}
	}
	switch {
	case m.final != nil:
		return m.final
	case why != nil && (first == nil || m.hunt.on()):
		found, err := m.hunt.narrow(suspects, why)
		if err != nil {
			m.final = err
			return err
		}
		if len(found) > 0 {
			return &transport.Refused{Records: found}
		}
	case first != nil && clean:
		why := fmt.Errorf("write: %w", first)
		if judge(first) != passing || m.setbacks >= abortsCalm && !unauthorised(first) {
			m.destroy(why) // the client may hold a producer id of which nothing more will come
			return m.final
		}
		m.setback(why)
	}
	return nil
}

// end aborts the open transaction and tells whether the session has survived that.
func (m *member) end() bool {
	if m.s != nil && m.out.open {
		m.out.limit.Reset(m.openMax)
		_, err := m.s.gts.End(m.s.ctx, kgo.TryAbort)
		m.ended = time.Now()
		m.s.faults.forget()
		if err != nil {
			m.destroy(fmt.Errorf("abort: %w", err))
			return false
		}
	}
	m.rewound()
	return m.s != nil
}

// rewound forgets the transaction; the next Poll reads again from what the broker has.
func (m *member) rewound() {
	m.rewind = true
	if m.setbacks > abortsCalm {
		m.notBefore = time.Now().Add(backoff(m.setbacks))
		m.log.Warn("nothing has been committed for several transactions", "aborts", m.setbacks)
	}
	m.settle()
}

// abortsCalm is how many transactions in a row may be aborted, as rebalances do, before it is waited between them.
const abortsCalm = 3

// setback notes why an attempt failed, and puts off the next.
func (m *member) setback(why error) {
	m.setbacks++
	m.note(why)
	m.notBefore = time.Now().Add(backoff(m.setbacks))
	m.log.Warn("the transaction was given up", "err", why, "in a row", m.setbacks)
}

// sessionsMax is how many sessions in a row may end without a commit while brokers answer.
const sessionsMax = 50

// destroy ends a session that has given an error: only a new one knows what became of the transaction. The old
// one is closed first; two clients of one id would fence each other.
func (m *member) destroy(why error) {
	m.setback(why)
	name := m.s.name()
	m.part()
	clear(m.parked)
	if m.proven.denies(why) {
		m.final = fmt.Errorf("open group %s: %w", m.config.Group, m.config.denied())
	} else if fenced(why) && m.rival(name) && m.fencings.add(time.Now()) {
		m.final = fmt.Errorf("%w: %s was fenced %d times within %s: %w", transport.ErrFenced, m.config.id(), fencingsMax, fencingsWithin, why)
	} else if gone := m.gone(why); gone != nil {
		m.final = gone
	} else if m.setbacks >= sessionsMax && m.pulse.outage() == nil && !unauthorised(why) {
		m.final = fmt.Errorf("group %s: %d attempts in a row failed, the last one: %w", m.config.Group, m.setbacks, why)
	}
	given := m.out.given
	m.settle()
	m.round.Batches = m.round.Batches[:0]
	m.out.doomed, m.out.given = given, given // what the caller holds of it cannot be committed by the next session
	m.rewind = false                         // the next session reads what the broker has
}
