package eos

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

func (r *rig) ends(flows ...Flow) *Ends {
	r.t.Helper()
	e, err := FindEnds(context.Background(), r.config().Client, "a", flows, quiet())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(e.Close)
	return e
}

// forwardToEnd passes everything until the run has ended, or until stop says so.
func (r *rig) forwardToEnd(m *member, stop func() bool) (ended bool) {
	r.t.Helper()
	err := r.pollUntil(m, func(round transport.Round) bool {
		for _, b := range round.Batches {
			m.Forward(0, 0, b)
		}
		if _, err := m.Commit(context.Background()); err != nil {
			r.t.Fatal("commit:", err)
		}
		ended = round.Ended
		return ended || stop != nil && stop()
	})
	if err != nil {
		r.t.Fatal("poll:", err)
	}
	return ended
}

func (r *rig) chain() (first, second Config, flows []Flow, mid string) {
	mid = "mid" + r.in
	r.topic(mid, 1, nil)
	first, second = r.config(), r.config()
	first.Sinks = []string{mid}
	second.Group, second.Inputs = r.in+".h", []Input{{Topics: []string{mid}}}
	for _, c := range []Config{first, second} {
		flows = append(flows, Flow{Group: c.Group, Inputs: c.Inputs, Sinks: c.Sinks})
	}
	return first, second, flows, mid
}

// The end of an inner topic is where its writer has stopped, also when the reader runs first and in another process.
func TestInnerTopicEndsAfterItsWriter(t *testing.T) {
	r := newRig(t, brokersOf(t))
	first, second, flows, _ := r.chain()
	r.put(r.in, numbers(0, 20)...)
	second.Ends = r.ends(flows...)
	down := r.open(second)
	deadline := time.Now().Add(time.Second)
	if r.forwardToEnd(down, func() bool { return time.Now().After(deadline) }) {
		t.Fatal("the reader ended before the writer began")
	}
	r.put(r.in, numbers(20, 25)...) // after the run began: not part of it
	first.Ends = r.ends(flows...)   // another process of the same run
	up := r.open(first)
	r.forwardToEnd(up, nil)
	r.forwardToEnd(down, nil)
	r.want(r.out, numbers(0, 20))
}

// A worker that comes back to an unfinished run stops where the run ends; the next run goes on from there.
func TestUnfinishedRunKeepsItsEnds(t *testing.T) {
	r := newRig(t, brokersOf(t))
	c := r.config()
	flow := Flow{Group: c.Group, Inputs: c.Inputs, Sinks: c.Sinks}
	r.put(r.in, numbers(0, 10)...)
	c.Ends = r.ends(flow)
	m := r.open(c)
	if err := r.pollUntil(m, func(round transport.Round) bool { return len(round.Assigned) > 0 }); err != nil {
		t.Fatal(err)
	}
	m.Close() // without having committed
	r.put(r.in, numbers(10, 20)...)
	for _, want := range []int{10, 20} {
		c.Ends = r.ends(flow)
		m := r.open(c)
		r.forwardToEnd(m, nil)
		m.Close()
		r.want(r.out, numbers(0, want))
	}
}

func TestStart(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 5)...)
	time.Sleep(10 * time.Millisecond)
	now := time.Now()
	time.Sleep(10 * time.Millisecond)
	r.put(r.in, numbers(5, 8)...)
	for group, c := range map[string]struct {
		start Start
		want  int64
	}{"earliest": {Start{}, 0}, "latest": {Start{Latest: true}, 8}, "at": {Start{At: now}, 5}, "after": {Start{At: now.Add(time.Hour)}, 8}} {
		g := groupStart{admin: r.admin, log: quiet(), group: r.in + group, id: "x", instance: "a", inputs: []Input{{[]string{r.in}, c.start}}, release: release{after: never}}
		for range 2 { // the second time there is nothing to do
			if err := g.commit(context.Background()); err != nil {
				t.Fatal(err)
			}
			have, err := committedOffsets(context.Background(), r.admin, g.group)
			if at := have[spot{r.in, 0}]; err != nil || at.next != c.want || at.end != noEnd {
				t.Errorf("%s: starts at %+v (%v), want %d", group, at, err, c.want)
			}
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, c := range []struct {
		metadata string
		end      int64
	}{{metadata("a", "x", 12, "note end=3", "state end=4"), 12}, {metadata("a", "", noEnd, "", ""), noEnd}, {"", noEnd}, {"end=x", noEnd}, {"end=-4", noEnd}, {"someone else's", noEnd}} {
		if got := endIn(c.metadata); got != c.end {
			t.Errorf("end in %q is %d, want %d", c.metadata, got, c.end)
		}
	}
}

func TestFillStopsAtTheEnd(t *testing.T) {
	var b batch
	for _, c := range []struct {
		offsets []int64
		end     int64
		kept    []int64
		next    int64
	}{
		{[]int64{3, 4, 5}, noEnd, []int64{3, 4, 5}, 6},
		{[]int64{3, 4, 5}, 5, []int64{3, 4}, 5},
		{[]int64{3, 4, 9}, 7, []int64{3, 4}, 7}, // 5 to 8 were compacted away
		{[]int64{3, 4}, 5, []int64{3, 4}, 5},
	} {
		at := b.fill(records(c.offsets...), c.end)
		if !slices.Equal(b.offsets, c.kept) || at.next != c.next {
			t.Errorf("offsets %v up to %d: kept %v, next %d, want %v and %d", c.offsets, c.end, b.offsets, at.next, c.kept, c.next)
		}
	}
}

// A group that has lost its positions is told about before it begins again; one that is new is not.
func TestLostPositionsOfAGroupAreSuspected(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 5)...)
	var said bytes.Buffer
	c := r.config()
	c.Log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	m := r.open(c)
	r.pass(m, 5)
	m.Close()
	if strings.Contains(said.String(), "no positions") {
		t.Errorf("of a new group: %s", said.String())
	}
	if _, err := r.admin.DeleteGroup(context.Background(), c.Group); err != nil {
		t.Fatal(err)
	}
	m = r.open(c)
	m.Close()
	if !strings.Contains(said.String(), "no positions") || !strings.Contains(said.String(), r.out) {
		t.Errorf("of a group that lost its positions: %s", said.String())
	}
}
