package eos

import (
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Positions that a broker keeps pending for a transaction that has ended are freed by the next one of the same producer, and
// stay what they are.
func TestForgottenTransactionDoesNotHoldPositions(t *testing.T) {
	cluster := fake(t)
	r := newRig(t, cluster.ListenAddrs())
	r.put(r.in, numbers(0, 5)...)
	m := r.open(r.config())
	r.pass(m, 5)
	m.Close()
	var sent, freed atomic.Bool
	see := func(key kmsg.Key, what func(kmsg.Request)) {
		cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Count: -1, TopLevel: true, Observe: true, When: func(req kmsg.Request) bool { what(req); return true }})
	}
	see(kmsg.TxnOffsetCommit, func(req kmsg.Request) {
		sent.Store(req.(*kmsg.TxnOffsetCommitRequest).TransactionalID == m.config.id())
	})
	see(kmsg.EndTxn, func(req kmsg.Request) {
		freed.Store(sent.Load() && !req.(*kmsg.EndTxnRequest).Commit)
	})
	hangs := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.UnstableOffsetCommit, Count: -1, When: func(kmsg.Request) bool { return !freed.Load() }})
	r.put(r.in, numbers(5, 9)...)
	c := r.config()
	c.Client = append(c.Client, kgo.RequestRetries(0))
	m = r.open(c)
	if hangs.Hits() == 0 || !freed.Load() {
		t.Fatalf("positions hung %d times and are free: %t", hangs.Hits(), freed.Load())
	}
	r.pass(m, 4)
	r.want(r.out, numbers(0, 9))
}

func TestUntieChangesNoPosition(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 5)...)
	m := r.open(r.config())
	r.pass(m, 5)
	if err := m.untie(t.Context()); err != nil {
		t.Fatal(err)
	}
	have, err := committedOffsets(t.Context(), r.admin, m.config.Group)
	if err != nil || have[spot{r.in, 0}].next != 5 {
		t.Errorf("%v, %v; want position 5", have, err)
	}
	r.put(r.in, numbers(5, 9)...)
	r.pass(m, 4)
	r.want(r.out, numbers(0, 9))
}
