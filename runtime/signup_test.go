package runtime_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime"
)

// The pipelines of these tests read keys only: 300 users, of whom 0 to 99 have shorter names.
const (
	events = 6000
	users  = 300
)

const signupFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: signup
kafka: {brokers: ["localhost:9092"]}
streams:
  signups: {topic: signups, value: {format: bytes}, key: {format: string}, partitions: 4}
  audit: {topic: audit, partitions: 4}
  by_user: {topic: by-user, partitions: 8}
operators:
  everyone: {type: copier, from: signups, to: [audit, candidates]}
  eligible:
    type: filter
    from: candidates
    where: 'key != null && size(key) < 8'
    to: adults
  per_user: {type: sharder, from: adults, by: key, to: by_user}
on_error: {dead_letter: signups.dlq}
`

func eligible(user int) bool { return user < 100 }
func everyone(int) bool      { return true }

func TestSignupToItsEnd(t *testing.T) {
	r := newRiver(t)
	p := r.load(signupFile)
	r.create("signups", 4)
	r.produce("signups", 0, events, users)
	w := r.worker(p, "a", true)
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "audit", values(r.committed("audit")), wanted(events, users, everyone))
	same(t, "by-user", values(r.committed("by-user")), wanted(events, users, eligible))
	in := r.committed("signups")
	for i, rec := range r.committed("audit") {
		if rec.Partition != in[i].Partition || string(rec.Value) != string(in[i].Value) || len(rec.Headers) != 1 || !rec.Timestamp.Equal(in[i].Timestamp) {
			t.Fatalf("audit has %v in place of %v", rec, in[i])
		}
	}
	s := w.Report().Subs[0]
	if s.Records != events || s.Operators[1].Passed != events/3 || s.Operators[1].Dropped != events*2/3 || s.DeadLetters != 0 {
		t.Errorf("report %+v", s)
	}
	again := r.worker(p, "a", true)
	if err := again.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := again.Report().Subs[0].Records; n != 0 {
		t.Errorf("a second run read %d records", n)
	}
}

// A topic on an inner stream changes who runs what, and nothing else.
func TestFusionIsInvisible(t *testing.T) {
	r := newRiver(t)
	p := r.load(signupFile, "candidates", "adults")
	if len(p.Subs) != 3 {
		t.Fatalf("%d sub-topologies", len(p.Subs))
	}
	r.create("signups", 4)
	r.produce("signups", 0, events, users)
	w := r.worker(p, "a", true)
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "audit", values(r.committed("audit")), wanted(events, users, everyone))
	same(t, "by-user", values(r.committed("by-user")), wanted(events, users, eligible))
	for i, want := range []uint64{events, events, events / 3} {
		if s := w.Report().Subs[i]; s.Records != want {
			t.Errorf("%s read %d records, want %d", s.Name, s.Records, want)
		}
	}
}

const poisonFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: poison
kafka: {brokers: ["localhost:9092"]}
streams:
  in: {topic: in, value: {format: bytes}, key: {format: string}, partitions: 2}
  out: {topic: out, partitions: 2}
operators:
  odd: {type: filter, from: in, where: 'key != null && 100 / (size(key) - 6) < 1000', to: out}
`

func TestPoison(t *testing.T) {
	r := newRiver(t)
	r.create("in", 2)
	r.produce("in", 0, 200, 20)
	p := r.load(poisonFile + "on_error: {dead_letter: dlq}\n")
	w := r.worker(p, "a", true)
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "out", values(r.committed("out")), wanted(200, 20, func(u int) bool { return u > 9 }))
	letters := r.committed("dlq")
	same(t, "dlq", values(letters), wanted(200, 20, func(u int) bool { return u < 10 }))
	for _, l := range letters {
		h := map[string]string{}
		for _, header := range l.Headers {
			h[header.Key] = string(header.Value)
		}
		if h["anabranch.operator"] != "odd" || h["anabranch.code"] != "expression" || h["n"] != string(l.Value) || h["__streams.errors.partition"] != strconv.Itoa(int(l.Partition)) {
			t.Fatalf("headers %v", h)
		}
	}
	if o := w.Report().Subs[0].Operators[0]; o.Dead != 100 || o.Passed != 100 {
		t.Errorf("balance %+v", o)
	}
}

func TestPoisonStopsWithoutDeadLetters(t *testing.T) {
	r := newRiver(t)
	r.create("in", 2)
	r.produce("in", 0, 200, 20)
	err := r.worker(r.load(poisonFile), "a", true).Run(t.Context())
	if !errors.Is(err, runtime.ErrRejected) {
		t.Fatal(err)
	}
	t.Log(err)
	if n := len(r.committed("out")); n != 0 {
		t.Errorf("%d records were committed", n)
	}
	same(t, "after it was mended", func() map[string][]string {
		if err := r.worker(r.load(poisonFile+"on_error: {dead_letter: dlq}\n"), "a", true).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		return values(r.committed("out"))
	}(), wanted(200, 20, func(u int) bool { return u > 9 }))
}

// Two workers share the tasks; one leaves half-way, the other goes on.
func TestTwoWorkersShareTheTasks(t *testing.T) {
	r := newRiver(t)
	p := r.load(signupFile)
	r.create("signups", 4)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	leaveA, leaveB := make(chan error, 1), make(chan error, 1)
	a, b := r.worker(p, "a", false), r.worker(p, "b", false)
	onlyA, stopA := context.WithCancel(ctx)
	onlyB, stopB := context.WithCancel(ctx)
	go func() { leaveA <- a.Run(onlyA) }()
	records := func(w *runtime.Worker) uint64 { return w.Report().Subs[0].Records }

	r.produce("signups", 0, events/3, users)
	if !until(ctx, func() bool { return records(a) == events/3 }) {
		t.Fatalf("a alone read %d", records(a))
	}
	go func() { leaveB <- b.Run(onlyB) }()
	next := events / 3
	for ; records(b) == 0 && ctx.Err() == nil; next += users {
		r.produce("signups", next, users, users)
		until(ctx, func() bool { return records(a)+records(b) == uint64(next+users) })
	}
	stopA()
	if err := <-leaveA; err != nil {
		t.Fatal(err)
	}
	before := records(a)
	r.produce("signups", next, events/3, users)
	total := next + events/3
	if !until(ctx, func() bool { return before+records(b) == uint64(total) }) {
		t.Fatalf("%d of %d were read", before+records(b), total)
	}
	stopB()
	if err := <-leaveB; err != nil {
		t.Fatal(err)
	}
	same(t, "audit", values(r.committed("audit")), wanted(total, users, everyone))
	same(t, "by-user", values(r.committed("by-user")), wanted(total, users, eligible))
	if records(a) != before {
		t.Error("a read on after it had left")
	}
}
