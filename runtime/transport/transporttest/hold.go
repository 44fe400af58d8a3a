package transporttest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// holding is a reader that holds what it polls.
type holding struct {
	*reader
	transport.Holder
	held []transport.Batch
	next int64 // behind all that was polled
	seen int   // records
}

func (c *cluster) holding(s Spec) *holding {
	r := c.reader(s)
	h, ok := r.Transport.(transport.Holder)
	if !ok {
		c.t.Skip("this transport does not hold batches")
	}
	return &holding{reader: r, Holder: h}
}

// hold polls until n records are held.
func (h *holding) hold(n int) {
	h.c.t.Helper()
	h.until(func() bool { return h.seen >= n }, func(b transport.Batch) {
		h.next = h.Hold(b)
		h.held = append(h.held, b)
		h.seen += b.Len()
	})
}

// write selects records from-to of what is held, by their number among all that are.
func (h *holding) write(from, to int) {
	n := 0
	for _, b := range h.held {
		var picks []stage.Pick
		for i := range b.Len() {
			if n >= from && n < to {
				picks = append(picks, stage.Pick{Index: int32(i)})
			}
			n++
		}
		h.reader.Select(0, b, picks)
	}
}

// heldIsCommittedAsItGoesOut wants held records to go out over several transactions, whose positions are those that it is told.
func heldIsCommittedAsItGoesOut(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	c.numbers(in, 0, 10, 20)
	spec := Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}}
	h := c.holding(spec)
	h.hold(20)
	wantHeld(t, h, 20)
	if !h.commit() || c.lag(c.prefix+".g", in) != 20 {
		t.Error("a commit of nothing moved a position, or was refused")
	}
	for from := 0; from < 18; from += 6 {
		h.write(from, from+6)
		h.Stand(in, 0, int64(from+6), fmt.Sprint("state ", from+6))
		if !h.commit() {
			t.Fatal("commit gave false")
		}
		for _, b := range h.held {
			if at, _ := b.Committed(); at != int64(from+6) {
				t.Errorf("a held batch says that %d is committed, want %d", at, from+6)
			}
		}
		h.poll()
	}
	if lag := c.lag(c.prefix+".g", in); lag != 2 {
		t.Errorf("the group lags by %d, want the 2 records that have not gone out", lag)
	}
	h.reader.Close()
	h = c.holding(spec)
	h.hold(2)
	if next, state := h.Standing(in, 0); next != 18 || state != "state 18" {
		t.Errorf("after a restart it stands at %d with %q, want at 18 with its state", next, state)
	}
	h.write(0, 2)
	h.Stand(in, 0, h.next, "")
	h.commit()
	wantValues(t, c.values(out), numbers(0, 20))
}

func wantHeld(t *testing.T, h *holding, n int) {
	t.Helper()
	at := int64(0)
	for _, b := range h.held {
		for i := range b.Len() {
			var m stage.Meta
			if value := h.Read(b, i, &m); string(value) != fmt.Sprint(at) || m.Origin.Offset != at || string(m.Key) != fmt.Sprint("k", at) {
				t.Errorf("held record %d is %q at %s", at, value, m.Origin)
			}
			at++
		}
	}
	if at != int64(n) {
		t.Errorf("%d records are held, want %d", at, n)
	}
}

// aStateAloneIsCommitted wants a state to be committed where no position moves, also of a partition of which nothing was polled.
func aStateAloneIsCommitted(t *testing.T, c *cluster) {
	in, silent, out := c.topic("in", 1), c.topic("silent", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	spec := Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}, {silent}}, Sinks: []string{out}}
	h := c.holding(spec)
	h.hold(10)
	h.write(0, 5)
	h.Stand(in, 0, 5, "")
	h.Stand(silent, 0, 0, "decided")
	if !h.commit() {
		t.Fatal("commit gave false")
	}
	h.Stand(silent, 0, 0, "decided again")
	if !h.commit() {
		t.Fatal("commit of a state alone gave false")
	}
	h.reader.Close()
	h = c.holding(spec)
	h.hold(5)
	if next, state := h.Standing(silent, 0); next != 0 || state != "decided again" {
		t.Errorf("the silent input stands at %d with %q", next, state)
	}
}

// heldIsPolledAgainAfterAnAbort wants an abort to be told, and to begin at what was committed.
func heldIsPolledAgainAfterAnAbort(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	h := c.holding(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	h.hold(10)
	h.write(0, 3)
	h.Stand(in, 0, 3, "three")
	h.commit()
	h.write(3, 8)
	h.Stand(in, 0, 8, "eight")
	round, err := h.Poll(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Abort(context.Background()); err != nil {
		t.Fatal(err)
	}
	h.held, h.seen = nil, 0
	before := round.Rewound
	for h.seen < 7 {
		if round, err = h.Poll(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, b := range round.Batches {
			h.next = h.Hold(b)
			h.held = append(h.held, b)
			h.seen += b.Len()
		}
	}
	if round.Rewound == before {
		t.Error("it was not told that what was held is polled again")
	}
	if next, state := h.Standing(in, 0); next != 3 || state != "three" {
		t.Errorf("after an abort it stands at %d with %q", next, state)
	}
	h.write(0, 7)
	h.Stand(in, 0, h.next, "")
	h.commit()
	wantValues(t, c.values(out), numbers(0, 10))
}

// aPausedPartitionIsNotRead wants a pause to last until Resume, and nothing to be lost by it.
func aPausedPartitionIsNotRead(t *testing.T, c *cluster) {
	in, other, out := c.topic("in", 1), c.topic("other", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	h := c.holding(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}, {other}}, Sinks: []string{out}})
	h.hold(10)
	h.Pause(in, 0)
	c.numbers(in, 0, 10, 20)
	c.numbers(other, 0, 20, 30)
	h.hold(20)
	for _, b := range h.held[1:] {
		if b.Topic() == in && b.Len() > 0 {
			var m stage.Meta
			if h.Read(b, 0, &m); m.Origin.Offset >= 10 {
				t.Errorf("offset %d was read from a paused partition", m.Origin.Offset)
			}
		}
	}
	h.Resume(in, 0)
	h.hold(30)
	var values []string
	for _, b := range h.held {
		for i := range b.Len() {
			values = append(values, string(h.Read(b, i, &stage.Meta{})))
		}
	}
	slices.Sort(values)
	want := numbers(0, 30)
	slices.Sort(want)
	wantValues(t, values, want)
}

// tailsAreTold wants an open transaction to be seen, and an end to be known.
func tailsAreTold(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	h := c.holding(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}, UntilEnd: true})
	c.numbers(in, 0, 10, 15)
	h.hold(10)
	if end, known := h.End(context.Background(), in, 0); end != 10 || !known {
		t.Errorf("the input ends at %d (%v), want at the 10 of the start", end, known)
	}
	stable, written, err := h.Tail(context.Background(), in, 0)
	if stable != 15 || written != 15 || err != nil {
		t.Errorf("it can be read up to %d of %d (%v), want 15 of 15", stable, written, err)
	}
	c.putTransaction(in, 0, 15, 17, true)
	for stable == 15 && err == nil {
		stable, written, err = h.Tail(context.Background(), in, 0)
	}
	if stable != 18 || written != 18 || err != nil {
		t.Errorf("it can be read up to %d of %d (%v), want 18 of 18: two records and a marker", stable, written, err)
	}
}

// anEarlyEndDropsNothing wants a Poll that has no time to say the same of rewinds as the one before it.
func anEarlyEndDropsNothing(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	h := c.holding(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	h.hold(10)
	before, err := h.Poll(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	after, err := h.Poll(over)
	if err != nil || after.Rewound != before.Rewound || after.Session != before.Session {
		t.Errorf("rewound %d, session %d became %d and %d (%v), though nothing is polled again", before.Rewound, before.Session, after.Rewound, after.Session, err)
	}
}

// anAbortEndsPauses wants a partition that was paused to be read again once what is held of it is dropped.
func anAbortEndsPauses(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	h := c.holding(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	h.hold(10)
	h.Pause(in, 0)
	h.write(0, 3)
	h.Stand(in, 0, 3, "three")
	if err := h.Abort(context.Background()); err != nil {
		t.Fatal(err)
	}
	h.held, h.seen = nil, 0
	h.hold(10)
	wantHeld(t, h, 10)
}
