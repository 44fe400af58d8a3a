package runtime

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

const (
	audit  = 0
	byUser = 1
	letter = 2
)

func TestEveryFate(t *testing.T) {
	m := newMemory(map[int32][]record{1: keyed("a", "drop1", "bad1", "b", "panic1", "dead1")})
	r := run(t, signup(), m)

	if got := keys(m.out[audit]); !slices.Equal(got, []string{"a", "drop1", "bad1", "b", "panic1", "dead1"}) {
		t.Errorf("audit got %q", got)
	}
	if m.forwards != 1 {
		t.Errorf("the whole batch was forwarded %d times, want once, to audit", m.forwards)
	}
	for _, w := range m.out[audit] {
		if w.partition != 1 {
			t.Errorf("audit got %s in partition %d, want that of the input", w.meta.Key, w.partition)
		}
	}
	if got := keys(m.out[byUser]); !slices.Equal(got, []string{"user-a", "user-b"}) {
		t.Errorf("by-user got %q", got)
	}
	for _, w := range m.out[byUser] {
		if want := client.Partition(w.meta.Key, 8); w.partition != want {
			t.Errorf("%s is in partition %d, want %d", w.meta.Key, w.partition, want)
		}
	}
	balance(t, r, "everyone", 6, 6, 0, 0)
	balance(t, r, "eligible", 6, 2, 1, 3)
	balance(t, r, "per_user", 2, 2, 0, 0)
	s := r.Subs[0]
	if s.Records != 6 || s.DeadLetters != 3 || s.Commits != 1 || s.Aborts != 0 {
		t.Errorf("report: %+v", s)
	}
	if len(s.Skews) != 1 || s.Skews[0].Operator != "per_user" {
		t.Errorf("skew: %+v", s.Skews)
	}
}

func TestDeadLetter(t *testing.T) {
	in := keyed("a", "bad1", "panic1", "dead1")
	in[1].meta.Headers = []stage.Header{{Key: "trace", Value: []byte{0xff}}, {Key: deadletter.HeaderPipeline, Value: []byte("signup")}, {Key: deadletter.HeaderAttempt, Value: []byte("2")}}
	m := newMemory(map[int32][]record{2: in})
	run(t, signup(), m)
	letters := m.out[letter]
	if len(letters) != 3 {
		t.Fatalf("%d dead letters", len(letters))
	}
	bad := letters[0]
	if string(bad.meta.Key) != "bad1" || bad.value != "value of bad1" || bad.partition != 2 {
		t.Errorf("the event was changed: %+v", bad)
	}
	if v, _ := bad.meta.Header("trace"); len(v) != 1 || v[0] != 0xff || bad.meta.Headers[0].Key != "trace" {
		t.Errorf("the event's headers were changed: %v", bad.meta.Headers)
	}
	for key, want := range map[string]string{
		deadletter.HeaderMessage: "division by zero", deadletter.HeaderTopic: "in", deadletter.HeaderPartition: "2",
		deadletter.HeaderOffset: "1", deadletter.HeaderPipeline: "signup", deadletter.HeaderOperator: "eligible",
		deadletter.HeaderExpression: "value.age / 0 >= 18", deadletter.HeaderOrigin: "in:2:1",
		deadletter.HeaderAttempt: "3", deadletter.HeaderRevision: "abc123",
	} {
		if got := header(bad, key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if got := header(letters[1], deadletter.HeaderCode); got != "panic" {
		t.Errorf("code of a panic: %q", got)
	}
	if got := header(letters[1], deadletter.HeaderStacktrace); !strings.Contains(got, "byKey") {
		t.Errorf("stack of a panic: %q", got)
	}
	if got := header(letters[2], deadletter.HeaderCode); got != "dead_letter" {
		t.Errorf("code of the file's own: %q", got)
	}
}

func TestCountedOnlyOnceCommitted(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "drop1", "bad1"), 3: keyed("b")})
	m.round = 1
	m.decide = func(n int, _ map[int][]written) (bool, error) { return n%2 == 1, nil }
	r := run(t, signup(), m)
	balance(t, r, "everyone", 4, 4, 0, 0)
	balance(t, r, "eligible", 4, 2, 1, 1)
	if s := r.Subs[0]; s.Records != 4 || s.Commits != 3 || s.Aborts != 3 || s.AbortReasons["uncommitted"] != 3 {
		t.Errorf("report: %+v", s)
	}
	if n := len(m.out[audit]); n != 4 {
		t.Errorf("audit got %d records", n)
	}
}

func TestWithoutDeadLettersTheFirstRejectionStops(t *testing.T) {
	p := signup()
	p.OnError.DeadLetter = ""
	m := newMemory(map[int32][]record{1: keyed("a", "bad1", "bad2")})
	err := over(t, p, m).runAll(t.Context(), even)
	if !errors.Is(err, ErrRejected) || !errors.Is(err, errBad) {
		t.Fatal(err)
	}
	for _, want := range []string{"in:1:1", `"eligible"`, "value.age / 0 >= 18", "division by zero", "dead_letter", "nothing is lost"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if m.commits != 0 || len(m.out) != 0 || !m.closed {
		t.Errorf("commits %d, out %v, closed %v", m.commits, m.out, m.closed)
	}
}

func TestTolerance(t *testing.T) {
	p := signup()
	p.OnError.Tolerance = 0.25
	if err := over(t, p, newMemory(map[int32][]record{0: keyed("a", "b", "c", "bad1")})).runAll(t.Context(), even); err != nil {
		t.Errorf("a quarter of a quarter: %v", err)
	}
	err := over(t, p, newMemory(map[int32][]record{0: keyed("a", "b", "bad1")})).runAll(t.Context(), even)
	if !errors.Is(err, ErrTolerance) || !strings.Contains(err.Error(), "1 of 3") {
		t.Errorf("a third of a quarter: %v", err)
	}
}

func TestToleranceIsNotLookedAtTooEarly(t *testing.T) {
	p := signup()
	p.OnError.Tolerance = 0.01
	many := append(keyed("bad1"), keyed(slices.Repeat([]string{"a"}, 5*toleranceRecords)...)...)
	m := newMemory(map[int32][]record{0: many})
	m.round = 10
	if err := over(t, p, m).runAll(t.Context(), even); err != nil {
		t.Error(err)
	}
	m = newMemory(map[int32][]record{0: append(many, keyed(slices.Repeat([]string{"bad"}, 100)...)...)})
	m.round, m.endless = 10, true
	if err := over(t, p, m).runAll(t.Context(), even); !errors.Is(err, ErrTolerance) {
		t.Errorf("without an end: %v", err)
	}
}

func TestCopierDoesNotLookAtRecords(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "b"), 3: keyed("c")})
	m.unreadable = true
	r := run(t, copies(), m)
	if m.forwards != 6 {
		t.Errorf("%d batches were forwarded, want 2 to each of 3", m.forwards)
	}
	balance(t, r, "all", 3, 3, 0, 0)
	for _, port := range r.Subs[0].Operators[0].Ports {
		if port.Emitted != 3 {
			t.Errorf("port %s: %d", port.Stream, port.Emitted)
		}
	}
}

func TestPlacementWhereCountsDiffer(t *testing.T) {
	p := copies()
	in := keyed("x", "", "y")
	m := newMemory(map[int32][]record{3: in})
	if err := over(t, p, m).runAll(t.Context(), topics.Layout{"in": 4, "a": 4, "b": 3, "c": 100}); err != nil {
		t.Fatal(err)
	}
	for sink, n := range map[int]int32{1: 3, 2: 100} {
		for i, w := range m.out[sink] {
			want := int32(3) % n
			if in[i].meta.Key != nil {
				want = client.Partition(in[i].meta.Key, n)
			}
			if w.partition != want {
				t.Errorf("sink %d of %d partitions: %q went to %d, want %d", sink, n, w.meta.Key, w.partition, want)
			}
		}
	}
	for _, w := range m.out[0] {
		if w.partition != 3 {
			t.Errorf("equally wide: %q went to %d", w.meta.Key, w.partition)
		}
	}
}

func TestLeavesWithWhatItHasCommitted(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "b")})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	m.endless = true
	w := over(t, signup(), m)
	w.loops[0].pace = pace{every: 1 << 62, records: 1 << 62} // never by itself
	w.open = func(context.Context, *topology.Sub) (transport.Transport, error) { return leaving{m, leave}, nil }
	if err := w.runAll(ctx, even); err != nil {
		t.Fatal(err)
	}
	if len(m.out[audit]) != 2 || !m.closed {
		t.Errorf("audit has %d records, closed %v", len(m.out[audit]), m.closed)
	}
	balance(t, w.Report(), "everyone", 2, 2, 0, 0)
}

// leaving ends the context once records were polled.
type leaving struct {
	*memory
	leave func()
}

func (l leaving) Poll(ctx context.Context) (transport.Round, error) {
	round, err := l.memory.Poll(ctx)
	if len(round.Batches) == 0 {
		l.leave()
	}
	return round, err
}
