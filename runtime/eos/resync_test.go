package eos

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Positions that were asked for before a task came are older than those with which it came, and are not taken.
func TestResyncIsNotOlderThanTheTasks(t *testing.T) {
	r := newRig(t, fake(t).ListenAddrs())
	r.put(r.in, numbers(0, 10)...)
	w := &wire{}
	c := r.config()
	c.Client = append(c.Client, kgo.Dialer(w.dial))
	m := r.open(c)
	r.pass(m, 10)
	w.set(func(key int16, _ []byte) bool {
		if kmsg.Key(key) == kmsg.OffsetFetch {
			m.s.owned.mu.Lock()
			m.s.owned.gains++
			m.s.owned.mu.Unlock()
		}
		return true
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if m.resync(ctx) {
		t.Error("positions from before a task came were taken")
	}
	w.set(nil)
	if !m.resync(ctx) {
		t.Error("newer positions were not taken")
	}
}

// What the caller has of a session that died is neither committed nor counted by the next one.
func TestBatchesOfADeadSessionAreNotCommitted(t *testing.T) {
	r := newRig(t, fake(t).ListenAddrs())
	r.put(r.in, numbers(0, 10)...)
	m := r.open(r.config())
	var held []transport.Batch
	some := func(round transport.Round) bool {
		held = append(held, round.Batches...)
		return len(round.Batches) > 0
	}
	if err := r.pollUntil(m, some); err != nil {
		t.Fatal(err)
	}
	m.destroy(errors.New("the session dies"))
	for range 10 {
		time.Sleep(pollMoment) // in which the next session comes
		if round, err := m.Poll(context.Background()); err != nil || len(round.Batches) > 0 {
			t.Fatalf("%d batches and error %v, though the last transaction has not ended", len(round.Batches), err)
		}
	}
	for _, b := range held {
		m.Forward(0, 0, b)
	}
	if committed, err := m.Commit(context.Background()); committed || err != nil {
		t.Fatalf("commit gave %t, %v", committed, err)
	}
	r.pass(m, 10)
	r.want(r.out, numbers(0, 10))
}
