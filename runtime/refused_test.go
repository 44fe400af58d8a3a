package runtime

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

var errTooLarge = errors.New("MESSAGE_TOO_LARGE")

// refusing refuses every record with one of the keys at its sinks, as long as it has its key.
func refusing(sinks map[string][]int) func(int, map[int][]written) (bool, error) {
	return func(_ int, open map[int][]written) (bool, error) {
		var refused []transport.Refusal
		for sink, records := range open {
			for _, w := range records {
				key := strings.TrimPrefix(string(w.meta.Key), "user-")
				if slices.Contains(sinks[key], sink) {
					refused = append(refused, transport.Refusal{Sink: sink, Origin: w.meta.Origin, Err: errTooLarge})
				}
			}
		}
		if len(refused) > 0 {
			return false, &transport.Refused{Records: refused}
		}
		return true, nil
	}
}

func TestRefusedBecomesADeadLetterOfTheWriter(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "big", "c"), 1: keyed("d")})
	m.decide = refusing(map[string][]int{"big": {byUser}})
	r := run(t, signup(), m)
	if got := keys(m.out[audit]); len(got) != 4 || !slices.Contains(got, "big") {
		t.Errorf("audit got %q", got)
	}
	if got := keys(m.out[byUser]); len(got) != 3 || slices.Contains(got, "user-big") {
		t.Errorf("by-user got %q", got)
	}
	if got := keys(m.out[letter]); !slices.Equal(got, []string{"big"}) {
		t.Fatalf("dead letters %q; want the event as it entered the sharder", got)
	}
	w := m.out[letter][0]
	if header(w, deadletter.HeaderCode) != "refused" || header(w, deadletter.HeaderOperator) != "per_user" || !strings.Contains(header(w, deadletter.HeaderMessage), "TOO_LARGE") {
		t.Errorf("headers %v", w.meta.Headers)
	}
	balance(t, r, "eligible", 4, 4, 0, 0)
	balance(t, r, "per_user", 4, 3, 0, 1)
	if s := r.Subs[0]; s.AbortReasons["refused"] != 1 || s.DeadLetters != 1 {
		t.Errorf("report %+v", s)
	}
}

func TestRefusedAtOneBranchOfACopier(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "big", "c")})
	m.decide = refusing(map[string][]int{"big": {audit}})
	r := run(t, signup(), m)
	if got := keys(m.out[audit]); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("audit got %q", got)
	}
	if got := len(m.out[byUser]); got != 3 {
		t.Errorf("by-user got %d: the other branch does not stand", got)
	}
	if w := m.out[letter][0]; header(w, deadletter.HeaderOperator) != "everyone" {
		t.Errorf("headers %v", w.meta.Headers)
	}
	balance(t, r, "everyone", 3, 2, 0, 1)
}

func TestRefusedEverywhereLeavesAPointer(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "big")})
	m.decide = refusing(map[string][]int{"big": {audit, byUser, letter}})
	run(t, signup(), m)
	if len(m.out[letter]) != 2 { // of everyone and of per_user
		t.Fatalf("%d dead letters", len(m.out[letter]))
	}
	for _, w := range m.out[letter] {
		if w.meta.Key != nil || w.value != "" || header(w, deadletter.HeaderOrigin) != "in:0:1" || !strings.Contains(header(w, deadletter.HeaderPointer), "TOO_LARGE") {
			t.Errorf("no pointer: %+v", w)
		}
	}
}

func TestRefusedPointerEndsTheRun(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("bad1")})
	m.decide = func(_ int, open map[int][]written) (bool, error) {
		return false, &transport.Refused{Records: []transport.Refusal{{Sink: letter, Origin: open[letter][0].meta.Origin, Err: errTooLarge}}}
	}
	err := over(t, signup(), m).runAll(t.Context(), even)
	if err == nil || !strings.Contains(err.Error(), "dead letter of in:0:0") || m.commits != 2 {
		t.Errorf("%v after %d commits", err, m.commits)
	}
}

func TestRefusedWithoutDeadLettersStops(t *testing.T) {
	p := signup()
	p.OnError.DeadLetter = ""
	m := newMemory(map[int32][]record{0: keyed("big")})
	m.decide = refusing(map[string][]int{"big": {byUser}})
	if err := over(t, p, m).runAll(t.Context(), even); !errors.Is(err, ErrRejected) || !strings.Contains(err.Error(), "TOO_LARGE") {
		t.Error(err)
	}
}

// What the broker refuses is remembered until it was done without, even where other transactions come in between.
func TestRefusedIsRememberedAcrossTransactions(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "b", "c", "d", "big")})
	refuse := refusing(map[string][]int{"big": {byUser}})
	refusals := 0
	m.decide = func(n int, open map[int][]written) (bool, error) {
		ok, err := refuse(n, open)
		if err != nil {
			refusals++
			m.round = 1 // what is read again comes in small pieces
		}
		return ok, err
	}
	run(t, signup(), m)
	if refusals != 1 || len(m.out[letter]) != 1 || len(m.out[byUser]) != 4 {
		t.Errorf("%d refusals, %d dead letters, %d by user", refusals, len(m.out[letter]), len(m.out[byUser]))
	}
}

func TestQuarantineForgets(t *testing.T) {
	q := new(quarantine)
	at := func(p int32) stage.Origin { return stage.Origin{Topic: "in", Partition: p} }
	add := func(p int32) *transport.Refusal {
		return q.add(&transport.Refused{Records: []transport.Refusal{{Sink: 1, Origin: at(p), Err: errTooLarge}}})
	}
	add(0)
	add(1)
	if q.take(1, at(0)) == nil || q.take(0, at(0)) != nil {
		t.Fatal("another sink is not concerned")
	}
	q.end(false)
	if add(0) == nil {
		t.Fatal("refused twice was not noticed")
	}
	q.take(1, at(0))
	q.end(true)
	q.drop([]int32{1})
	if !q.empty() {
		t.Errorf("left: %v", q.records)
	}
}
