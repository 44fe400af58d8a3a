package eos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// refusal tells whether err is about what a record is, so that it will be refused whenever it is tried.
func refusal(err error) bool {
	for _, e := range []error{kerr.MessageTooLarge, kerr.RecordListTooLarge, kerr.InvalidTimestamp, kerr.InvalidRecord} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// suspect is one written record that shared the fate of a refused batch.
type suspect struct {
	sink   int
	origin stage.Origin
}

// hunt finds the records that the broker refuses. It answers for whole batches, and the client fails all that waits
// for the partition along with one: so the transaction is replayed, with the suspects written in smaller and smaller
// groups, each alone on its way, until a group of one is refused. Each replay divides a group by huntWays.
type hunt struct {
	suspects map[suspect]bool
	group    int      // how many suspects are written at a time; 0: there is no hunt
	inGroup  int      // of the group at work
	alone    *suspect // the last one that was written by itself
	vain     int      // hunts in a row that ended with every suspect taken
}

const (
	huntWays = 16
	vainMax  = 3
)

func (h *hunt) on() bool { return h.group > 0 }

// narrow takes what was refused in the last try. Found is what is surely refused; while it is empty, the next replay
// knows more.
func (h *hunt) narrow(refused []refusedRecord, why error) (found []transport.Refusal, err error) {
	for _, r := range refused {
		if r.oversize || h.alone != nil && *h.alone == r.suspect {
			found = append(found, transport.Refusal{Sink: r.sink, Origin: r.origin, Err: why})
		}
	}
	if len(found) > 0 || len(refused) == 0 {
		*h = hunt{}
		return found, nil
	}
	if !h.on() {
		if h.vain >= vainMax {
			return nil, huntError(why)
		}
		h.group = len(refused)
	}
	h.group = max(1, h.group/huntWays)
	h.inGroup, h.alone = 0, nil
	h.suspects = map[suspect]bool{}
	for _, r := range refused {
		h.suspects[r.suspect] = true
	}
	return nil, nil
}

// passed notes a commit. In a hunt it means that the suspects are refused only together.
func (h *hunt) passed() {
	vain := 0
	if h.on() {
		vain = h.vain + 1
	}
	*h = hunt{vain: vain}
}

// produce writes c in the manner of the hunt. False: c is no suspect, and is written as usual.
func (h *hunt) produce(s *session, c *cell) bool {
	if s.faults.any() != nil {
		return true // the transaction is lost, and what was found must not be mixed with more
	}
	if !h.suspects[suspectOf(c)] {
		h.closeGroup(s)
		return false
	}
	if h.inGroup == 0 && s.gts.Client().Flush(s.ctx) != nil {
		return true
	}
	if s.faults.any() != nil {
		return true
	}
	h.inGroup++
	if h.group == 1 {
		h.alone = &suspect{c.sink, c.origin}
	}
	s.gts.Produce(s.ctx, &c.record, s.promise)
	if h.inGroup >= h.group {
		h.closeGroup(s)
	}
	return true
}

func (h *hunt) closeGroup(s *session) {
	if h.inGroup > 0 {
		_ = s.gts.Client().Flush(s.ctx) // fails only with the session, and then so does the commit
		h.inGroup = 0
	}
}

func suspectOf(c *cell) suspect { return suspect{c.sink, c.origin} }

// refusedRecord is a suspect, and whether it alone is larger than a batch may be.
type refusedRecord struct {
	suspect
	oversize bool
}

// suspects finds out where refused records come from, by looking for them among all that was written. Records that are
// too large by themselves need no hunt.
func (m *member) suspects(refused []*kgo.Record) []refusedRecord {
	if len(refused) == 0 {
		return nil
	}
	pending := make(map[*kgo.Record]bool, len(refused))
	for _, r := range refused {
		pending[r] = true
	}
	var found []refusedRecord
	add := func(r *kgo.Record, sink int, origin stage.Origin) {
		if pending[r] {
			found = append(found, refusedRecord{suspect{sink, origin}, m.oversize(r)})
		}
	}
	for _, l := range m.out.lent {
		for i, r := range l.batch.records {
			add(r, l.sink, l.batch.origin(i))
		}
	}
	m.out.cells.each(func(c *cell) { add(&c.record, c.sink, c.origin) })
	return found
}

// learnMax bounds the question after new limits.
const learnMax = 5 * time.Second

// learnLimits asks again how large a batch the sinks' topics take, where the broker has refused one for its size: the limit
// may have been changed since it was last read. It tells whether it was.
func (m *member) learnLimits(why error) bool {
	if !errors.Is(why, kerr.MessageTooLarge) && !errors.Is(why, kerr.RecordListTooLarge) {
		return false
	}
	ctx, cancel := context.WithTimeout(m.s.ctx, learnMax)
	defer cancel()
	limits := batchLimits(ctx, m.admin, m.config.Sinks)
	if len(limits) == 0 || maps.Equal(limits, m.limits) {
		return false
	}
	m.limits = limits
	return true
}

// oversize tells whether r alone is too large for a batch of its topic, by the client's own measure: uncompressed.
func (m *member) oversize(r *kgo.Record) bool {
	limit, ok := m.limits[r.Topic]
	if !ok {
		limit = batchBytesMax
	}
	size := len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		size += len(h.Key) + len(h.Value)
	}
	return size > int(limit)
}

// huntError ends a run in which a batch is refused and each of its records is taken.
func huntError(why error) error {
	return fmt.Errorf("the broker refuses record batches whose records it takes one by one; is max.message.bytes of a sink's topic below %d and unreadable? %w", batchBytesMax, why)
}
