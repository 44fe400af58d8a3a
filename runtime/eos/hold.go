package eos

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// holds are the batches that the caller keeps beyond their transaction.
type holds struct {
	batches map[*batch]bool
	epochs  map[spot]int32      // of the last record that was polled here, since the partition came or was read again
	stood   map[spot]bool       // the partitions whose positions the caller says
	paused  map[spot]bool       // the partitions that the caller does not want to be read
	ids     map[string][16]byte // of their topics, where they are known
	rewound uint64
	tails   tails
}

var _ transport.Holder = (*member)(nil)

// Hold takes the partition out of what the next commit moves: Stand puts it in.
func (m *member) Hold(tb transport.Batch) (next int64) {
	b := tb.(*batch)
	h, at := &m.holds, spot{b.topic, b.partition}
	if h.batches == nil {
		*h = holds{batches: map[*batch]bool{}, epochs: map[spot]int32{}, stood: map[spot]bool{}, paused: map[spot]bool{}, rewound: h.rewound}
	}
	if h.ids == nil {
		h.ids = m.topicIDs()
	}
	h.batches[b] = true
	b.kept = m.at.kept
	moved := m.at.moved[at]
	h.epochs[at] = moved.epoch
	delete(m.at.moved, at)
	m.out.given = m.out.open
	return moved.next
}

// Release gives the batch's memory back at once: no transaction is open that wrote of it.
func (m *member) Release(tb transport.Batch) {
	b := tb.(*batch)
	if !m.holds.batches[b] {
		return
	}
	delete(m.holds.batches, b)
	for _, polled := range m.out.batches {
		if polled == b {
			return // settle does it
		}
	}
	b.release()
	m.spare = append(m.spare, b)
}

func (m *member) Read(tb transport.Batch, i int, meta *stage.Meta) []byte {
	b := tb.(*batch)
	r := b.records[i]
	meta.Key, meta.Time, meta.Headers = r.Key, r.Timestamp, meta.Headers[:0]
	for _, h := range r.Headers {
		meta.Headers = append(meta.Headers, stage.Header(h))
	}
	meta.Origin = b.origin(i)
	return r.Value
}

func (m *member) Stand(topic string, partition int32, next int64, state string) {
	at := spot{topic, partition}
	if have := m.at.kept.at(at); have.next == next && have.state == state {
		delete(m.at.moved, at)
		delete(m.at.states, at)
		return
	}
	epoch, ok := m.holds.epochs[at]
	if !ok {
		epoch = -1 // the committed one is not known; one of an earlier time would make the broker's log look cut off
	}
	m.holds.stood[at] = true
	m.at.moved[at] = position{next, epoch}
	m.at.states[at] = state
}

func (m *member) Standing(topic string, partition int32) (next int64, state string) {
	have := m.at.kept.at(spot{topic, partition})
	return have.next, have.state
}

func (m *member) Pause(topic string, partition int32) {
	if m.s != nil {
		m.holds.paused[spot{topic, partition}] = true
		m.s.gts.Client().PauseFetchPartitions(map[string][]int32{topic: {partition}})
	}
}

func (m *member) Resume(topic string, partition int32) {
	delete(m.holds.paused, spot{topic, partition})
	if m.s != nil && !m.parked[spot{topic, partition}] {
		m.s.gts.Client().ResumeFetchPartitions(map[string][]int32{topic: {partition}})
	}
}

func (m *member) End(ctx context.Context, topic string, partition int32) (int64, bool) {
	if m.config.Ends == nil {
		return 0, false
	}
	end, known, err := m.config.Ends.end(ctx, m.config.Group, spot{topic, partition})
	if err != nil && judge(err) != nothing {
		m.note(err)
	}
	return end, known
}

// settle: the records that were lent to the client in the transaction that has ended are back.
func (h *holds) settle() {
	for b := range h.batches {
		b.lent = false
	}
}

// dropHeld leaves what is held to whoever holds it: it will be polled again.
func (m *member) dropHeld() {
	m.unpause(func(spot) bool { return true })
	clear(m.holds.batches)
	clear(m.holds.epochs)
	clear(m.holds.stood)
	m.holds.ids = nil
	m.holds.rewound++
}

// unpause reads partitions again whose batches are dropped: the client keeps pauses whatever happens to its positions.
func (m *member) unpause(which func(spot) bool) {
	for at := range maps.Clone(m.holds.paused) {
		if which(at) {
			m.Resume(at.topic, at.partition)
		}
	}
}

// left forgets partitions that have gone to another worker: when they come back, it has polled further.
func (m *member) left(tasks []int32) {
	gone := func(at spot) bool { return slices.Contains(tasks, at.partition) }
	m.unpause(gone)
	maps.DeleteFunc(m.holds.epochs, func(at spot, _ int32) bool { return gone(at) })
	maps.DeleteFunc(m.holds.stood, func(at spot, _ bool) bool { return gone(at) })
}

// topicIDs are those of the inputs: newer brokers are told of topics by id. Nil where no broker answers now.
func (m *member) topicIDs() map[string][16]byte {
	ctx, cancel := context.WithTimeout(m.s.ctx, lookMax)
	defer cancel()
	listed, err := m.admin.ListTopics(ctx, m.config.topics()...)
	if err != nil {
		m.note(err)
		return nil
	}
	ids := map[string][16]byte{}
	for _, t := range listed {
		ids[t.Topic] = t.ID
	}
	return ids
}

// held puts those positions into a commit of which the client does not know that they have moved: it has counted the records as
// committed when they were polled.
func (p *positions) held(req *kmsg.TxnOffsetCommitRequest) (added int) {
	if p.holds == nil || len(p.holds.stood) == 0 {
		return 0
	}
	index, named := map[string]int{}, map[spot]bool{}
	for i, t := range req.Topics {
		index[t.Topic] = i
		for _, part := range t.Partitions {
			named[spot{t.Topic, part.Partition}] = true
		}
	}
	for at, to := range p.moved {
		if named[at] || !p.holds.stood[at] {
			continue
		}
		i, ok := index[at.topic]
		if !ok {
			i = len(req.Topics)
			index[at.topic] = i
			t := kmsg.NewTxnOffsetCommitRequestTopic()
			t.Topic, t.TopicID = at.topic, p.holds.ids[at.topic]
			req.Topics = append(req.Topics, t)
		}
		metadata := p.metadata(at)
		part := kmsg.NewTxnOffsetCommitRequestTopicPartition()
		part.Partition, part.Offset, part.LeaderEpoch, part.Metadata = at.partition, to.next, to.epoch, &metadata
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, part)
		added++
	}
	return added
}

// tails are how far the partitions of the inputs can be read and have been written, as they were a moment ago.
type tails struct {
	asked   time.Time
	stable  kadm.ListedOffsets
	written kadm.ListedOffsets
}

// tailsAge is for how long an answer serves: one question is about all partitions, and all tasks ask.
const tailsAge = 150 * time.Millisecond

func (m *member) Tail(ctx context.Context, topic string, partition int32) (stable, written int64, err error) {
	t := &m.holds.tails
	ctx, cancel := context.WithTimeout(ctx, lookMax)
	defer cancel()
	if time.Since(t.asked) > tailsAge {
		// The high watermark is asked for first: a transaction that ends in between must not look like the end of the log.
		if t.written, err = m.admin.ListEndOffsets(ctx, m.config.topics()...); err != nil {
			return 0, 0, err
		}
		if t.stable, err = m.admin.ListCommittedOffsets(ctx, m.config.topics()...); err != nil {
			return 0, 0, err
		}
		t.asked = time.Now()
	}
	w, s := t.written[topic][partition], t.stable[topic][partition]
	if w.Err != nil {
		return 0, 0, w.Err
	}
	return s.Offset, w.Offset, s.Err
}
