package eos

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime/topics"
)

// A sink that was deleted ends the run and is named: it is not waited for without end.
func TestDeletedSinkEndsTheRun(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 10)...)
	m := r.open(r.config())
	m.openMax = time.Second
	r.pass(m, 10)
	if _, err := r.admin.DeleteTopic(context.Background(), r.out); err != nil {
		t.Fatal(err)
	}
	r.put(r.in, numbers(10, 20)...)
	var err error
	for start := time.Now(); err == nil && time.Since(start) < patience; {
		round, polled := m.Poll(context.Background())
		if err = polled; err == nil {
			for _, b := range round.Batches {
				m.Forward(0, 0, b)
			}
			_, err = m.Commit(context.Background())
		}
	}
	if !errors.Is(err, topics.ErrTopics) || !strings.Contains(err.Error(), r.out) {
		t.Errorf("error %v, want one that says that %s was deleted", err, r.out)
	}
}
