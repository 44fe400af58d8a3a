package ordering_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime/ordering"
)

// quiet is a worker whose input web has a record that waits, and whose input mobile has said nothing.
func quiet(t *testing.T, idle time.Duration) *worker {
	w := newWorker([]string{"mobile", "web"}, map[string][]said{"web": {{Rank: 5}, {Rank: 7}}, "mobile": {{Rank: 3}}}, ordering.Config{IdleAfter: idle, BytesMax: 100})
	web := w.logs["web"]
	web.stable, web.written = 2, 2
	if err := w.merge.Take(w.poll("web", 2)); err != nil {
		t.Fatal(err)
	}
	return w
}

// after lets time pass and tells whether it was decided to go on.
func (w *worker) after(d time.Duration) bool {
	w.clock = w.clock.Add(d)
	return w.merge.Wait(context.Background(), w.clock)
}

func (w *worker) reason(t *testing.T, want string) {
	t.Helper()
	stall, ok := w.merge.Stalled()
	if !ok || stall.Topic != "mobile" || !strings.Contains(stall.Reason, want) {
		t.Errorf("stalled by %+v (%v), want mobile and a reason with %q", stall, ok, want)
	}
}

func TestAnInputIsIdleOnceItHasBeenAtItsEndForLongEnough(t *testing.T) {
	w := quiet(t, time.Minute)
	if w.after(time.Second) || w.after(59*time.Second) {
		t.Fatal("went on without an input that has not been idle for a minute")
	}
	w.reason(t, "in 1s it is no longer waited for")
	if !w.after(time.Second) {
		t.Fatal("still waits for an input that has been idle for a minute")
	}
	d := w.merge.Decided()
	if len(d) != 1 || d[0].Topic != "mobile" || d[0].Offset != 0 || d[0].Bound.N != 7 || d[0].Bound.After != 1 {
		t.Errorf("decided %+v, want that mobile is not waited for below what comes after 7", d)
	}
}

func TestAnOpenTransactionIsNotIdleness(t *testing.T) {
	w := quiet(t, time.Minute)
	w.logs["mobile"].written = 1
	if w.after(time.Second) || w.after(time.Hour) {
		t.Fatal("went on without an input on which a transaction is open")
	}
	w.reason(t, "a transaction is open on it: it can be read up to offset 0 of 1")
	w.logs["mobile"].stable = 1
	if w.after(time.Hour) {
		t.Fatal("went on without an input whose record can be read")
	}
	w.reason(t, "from offset 0 up to 1 are still to be read")
	if err := w.merge.Take(w.poll("mobile", 1)); err != nil {
		t.Fatal(err)
	}
	if n, err := w.merge.Drain(func(*ordering.Run) error { return nil }); n != 1 || err != nil {
		t.Errorf("%d records went out (%v), want that of mobile", n, err)
	}
}

func TestStrictWaitsForEver(t *testing.T) {
	w := quiet(t, 0)
	if w.after(time.Second) || w.after(1000*time.Hour) {
		t.Fatal("went on without an input")
	}
	w.reason(t, "wait: strict")
	if stall, _ := w.merge.Stalled(); !stall.Since.Equal(time.Unix(1, 0)) {
		t.Errorf("stalled since %s, want since the first look", stall.Since)
	}
	w.ended = true
	if w.after(time.Second) {
		t.Fatal("went on without the record before the end of an input")
	}
	w.logs["mobile"].stable, w.logs["mobile"].written = 1, 1
	if err := w.merge.Take(w.poll("mobile", 1)); err != nil {
		t.Fatal(err)
	}
	if n, _ := w.merge.Drain(func(*ordering.Run) error { return nil }); n != 1 || !w.after(time.Second) {
		t.Errorf("%d records went out, want 1, and then that an input at its end is no longer waited for", n)
	}
}

func TestNothingToCommitWhereNothingWentOut(t *testing.T) {
	w := quiet(t, time.Minute)
	w.merge.Stand()
	if len(w.stand) != 1 || w.stand["web"].next != 0 || w.stand["web"].state == "" {
		t.Errorf("stands at %+v, want web at 0, and how far it has come", w.stand)
	}
	w.commit()
	w.merge.Settle(true)
	w.merge.Stand()
	if len(w.stand) != 0 {
		t.Errorf("stands at %+v, though nothing has changed", w.stand)
	}
}

func TestAFullInputIsNotReadOn(t *testing.T) {
	w := newWorker([]string{"mobile", "web"}, map[string][]said{"web": make([]said, 100), "mobile": {{Rank: 9}}}, ordering.Config{BytesMax: 4 * weight})
	web, mobile := w.logs["web"], w.logs["mobile"]
	web.stable, web.written = 100, 100
	for b := w.poll("web", 3); b != nil; b = w.poll("web", 3) {
		if err := w.merge.Take(b); err != nil {
			t.Fatal(err)
		}
	}
	if web.polled != 6 {
		t.Errorf("%d records of web are held, want 6: one batch more than 4 records", web.polled)
	}
	mobile.stable, mobile.written = 1, 1
	if err := w.merge.Take(w.poll("mobile", 1)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := w.merge.Drain(func(*ordering.Run) error { return nil }); n != 6 || err != nil || web.paused {
			t.Fatalf("%d records went out (%v), want 6, and web to be read on", n, err)
		}
		for b := w.poll("web", 3); b != nil; b = w.poll("web", 3) {
			if err := w.merge.Take(b); err != nil {
				t.Fatal(err)
			}
		}
		if !web.paused {
			t.Fatal("web is full again, and read on")
		}
	}
}
