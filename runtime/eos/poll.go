package eos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

const (
	pollMoment     = 100 * time.Millisecond // how long a Poll without anything to read waits
	pollRecordsMax = 20_000                 // records of one round, where Config.RecordsMax does not say fewer
)

// Poll reads what has been fetched, or waits a moment for it.
func (m *member) Poll(ctx context.Context) (transport.Round, error) {
	m.round = transport.Round{Batches: m.round.Batches[:0], Session: m.sessions, Rewound: m.holds.rewound}
	if m.final != nil {
		return m.round, m.final
	}
	if err := ctx.Err(); err != nil {
		return m.round, nil
	}
	moment, cancel := context.WithTimeout(ctx, pollMoment)
	defer cancel()
	if m.out.doomed {
		if m.out.given {
			<-moment.Done() // the caller has to end the transaction first, and does so in its own time
			return m.round, nil
		}
		m.end()
		m.forget()
	}
	if m.prepare(moment) {
		m.round.Session, m.round.Rewound = m.sessions, m.holds.rewound
		fetches := m.s.gts.PollRecords(moment, m.config.roundMax())
		m.tellTasks()
		m.take(fetches)
	}
	if m.final != nil {
		return transport.Round{}, m.final
	}
	if len(m.round.Batches) > 0 {
		m.out.given = true
	} else {
		m.round.Outage = m.outage()
		m.round.Ended = m.reachedEnds(ctx)
	}
	return m.round, nil
}

// prepare makes the session fit to be polled. False: not within this moment.
func (m *member) prepare(moment context.Context) bool {
	if wait := time.Until(m.notBefore); wait > 0 && !sleep(moment, wait) {
		return false
	}
	if m.s == nil {
		s, err := m.newSession()
		if err != nil {
			m.final = fmt.Errorf("open group %s again: %w", m.config.Group, err)
			return false
		}
		m.s = s
	}
	select {
	case <-m.s.ready:
	case <-moment.Done():
		if err := m.s.faults.any(); err != nil {
			m.destroy(fmt.Errorf("get the producer id: %w", err))
		} else if err := m.s.faults.last(); err != nil {
			m.note(fmt.Errorf("get the producer id: %w", err))
		}
		return false
	}
	if !m.out.open && len(m.at.moved) == 0 && !m.s.owned.calm() {
		// The client aborts the first transaction after a revocation, whatever is in it. Nothing is.
		if _, err := m.s.gts.End(m.s.ctx, kgo.TryAbort); err != nil {
			m.destroy(err)
			return false
		}
		m.rewind = m.rewind || len(m.holds.batches) > 0 // the client went back to what was committed
	}
	if m.rewind {
		return m.resync(moment)
	}
	return true
}

// tellTasks puts into the round which tasks came and went. If one went while its records are in the transaction, the
// transaction cannot be committed.
func (m *member) tellTasks() {
	m.round.Assigned, m.round.Revoked = m.s.owned.diff(m.known)
	if len(m.round.Revoked) == 0 {
		return
	}
	m.left(m.round.Revoked)
	if m.out.open || len(m.at.moved) > 0 {
		m.out.doomed = true
	}
	for s := range m.parked {
		if _, mine := m.known[s.partition]; !mine {
			m.unpark(s)
		}
	}
}

// take makes batches of what was fetched.
func (m *member) take(fetches kgo.Fetches) {
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if p.Err != nil {
			m.fetchError(p.Topic, p.Partition, p.Err)
		}
		if len(p.Records) > 0 && m.s != nil && m.final == nil {
			m.addBatch(p.Topic, p.Partition, p.Records)
		}
	})
}

func (m *member) addBatch(topic string, partition int32, records []*kgo.Record) {
	input, wanted := m.input[topic]
	if _, mine := m.known[partition]; !mine || !wanted {
		// It is being taken away. Nothing that was read before can be committed along with a gap.
		m.out.doomed = true
		return
	}
	at, end := spot{topic, partition}, int64(noEnd)
	if m.final = m.admit(at); m.final != nil {
		return
	}
	if m.at.end != nil {
		if e, ok := m.at.end(at); ok {
			end = e
		}
	}
	if end != noEnd && records[0].Offset >= end {
		m.passGap(input, at, end)
		return
	}
	b := m.newBatch(input, at)
	next := b.fill(records, end)
	if end != noEnd && next.next >= end {
		m.park(at)
	}
	m.at.moved[at] = next
}

// admit is the error for a partition that this worker may not go on with.
func (m *member) admit(at spot) error {
	mark := m.at.kept.at(at).mark
	if m.config.Admit == nil || mark == "" || mark == m.config.Mark {
		return nil
	}
	if err := m.config.Admit(mark); err != nil {
		return fmt.Errorf("take over %s: %w", at, err)
	}
	return nil
}

// newBatch adds an empty batch to the round.
func (m *member) newBatch(input int, at spot) *batch {
	b := &batch{}
	if n := len(m.spare); n > 0 {
		b = m.spare[n-1]
		m.spare = m.spare[:n-1]
	}
	b.input, b.topic, b.partition, b.committed = input, at.topic, at.partition, m.at.kept.at(at)
	m.out.batches = append(m.out.batches, b)
	m.round.Batches = append(m.round.Batches, b)
	return b
}

// fetchError does what the error of one partition calls for.
func (m *member) fetchError(topic string, partition int32, err error) {
	if errors.Is(err, errFull) {
		if len(m.holds.batches) > 0 { // no end of a transaction frees what waits for this very partition
			m.budget.grow()
			m.log.Debug("more memory for fetched records, since inputs wait for each other")
		}
		return // the batch comes once the transaction has ended
	}
	switch judge(err) {
	case nothing:
	case passing:
		m.note(err)
	case broken:
		m.destroy(err)
	default:
		m.final = m.explain(topic, partition, err)
	}
}

// explain makes a final error of what a partition said, with the gap where there is one.
func (m *member) explain(topic string, partition int32, err error) error {
	at := spot{topic, partition}
	var loss *kgo.ErrDataLoss
	var bomb *kgo.ErrDecompressTooLarge
	switch {
	case errors.As(err, &bomb):
		return fmt.Errorf("%w: read %s: the batch from offset %d up to %d has more than %d MiB when it is decompressed, or its records take more than %d MiB of memory; to go on without it, set the position of group %s behind it",
			transport.ErrUnreadable, at, bomb.Offset, bomb.NextOffset, decompressedMax>>20, m.budget.most>>20, m.config.Group)
	case errors.As(err, &loss):
		return fmt.Errorf("%w: read %s: the log ends at offset %d, before position %d: records were lost in the cluster", transport.ErrPosition, at, loss.ResetTo, loss.ConsumedTo)
	case errors.Is(err, kerr.OffsetOutOfRange):
		return fmt.Errorf("%w: read %s: %s", transport.ErrPosition, at, m.gap(at))
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		return fmt.Errorf("%w: read %s: the topic was deleted or made anew: %w", transport.ErrPosition, at, err)
	}
	return fmt.Errorf("read %s: %w", at, err)
}

// gap says what lies between the committed position and what the topic still holds.
func (m *member) gap(at spot) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	have, err := committedOffsets(ctx, m.admin, m.config.Group)
	if err != nil {
		return "the position is out of range"
	}
	starts, err := m.admin.ListStartOffsets(ctx, at.topic)
	if err != nil {
		return fmt.Sprintf("position %d is out of range", have[at].next)
	}
	first, _ := starts.Lookup(at.topic, at.partition)
	position := have[at].next
	if position < first.Offset {
		return fmt.Sprintf("position %d is gone: the topic begins at %d, so %d offsets were removed unread", position, first.Offset, first.Offset-position)
	}
	return fmt.Sprintf("position %d lies beyond the end of the topic", position)
}

// outage is why nothing is read now.
func (m *member) outage() error {
	m.listen()
	if err := m.pulse.outage(); err != nil {
		return err
	}
	if time.Since(m.troubled) > troubleMax {
		return nil
	}
	return m.trouble
}

// troubleMax is how long after it was last met a trouble is still reported, if nothing is committed meanwhile.
const troubleMax = 2 * setbackMax

func (m *member) note(trouble error) { m.trouble, m.troubled = trouble, time.Now() }
