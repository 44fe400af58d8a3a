package eos

import (
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A client whose producer id has failed for good refuses every write from then on. Only a new session goes on.
func TestFailedProducerIsReplaced(t *testing.T) {
	r, w := newRig(t, brokersOf(t)), &wire{}
	var hits atomic.Int32
	w.set(func(key int16, reply []byte) bool {
		if key == endTxn && hits.Add(1) == 2 {
			endTxnError(reply, kerr.TransactionAbortable.Code)
		}
		return true
	})
	c := r.config()
	c.Client = append(c.Client, kgo.Dialer(w.dial))
	m := r.open(c)
	for from := 0; from < 40; from += 10 {
		r.put(r.in, numbers(from, from+10)...)
		r.passTo(m, int64(from+10))
	}
	if hits.Load() < 2 {
		t.Error("no reply was touched")
	}
	r.want(r.out, numbers(0, 40))
}
