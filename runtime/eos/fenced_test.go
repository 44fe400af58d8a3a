package eos

import (
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Who goes because another worker has its id must not leave the group: the other one would be thrown out, taken for dead
// and fenced by those who have its partitions then.
func TestFencedWorkerDoesNotLeaveForTheOther(t *testing.T) {
	for _, fenced := range []bool{false, true} {
		r := newRig(t, brokersOf(t))
		r.put(r.in, numbers(0, 10)...)
		m := r.open(r.config())
		r.pass(m, 10)
		if fenced {
			m.final = fmt.Errorf("%w: in this test", transport.ErrFenced)
		}
		m.Close()
		groups, err := r.admin.DescribeGroups(context.Background(), r.config().Group)
		if err != nil {
			t.Fatal(err)
		}
		if member := len(groups[r.config().Group].Members) == 1; member != fenced {
			t.Errorf("fenced %v: it is a member after it has gone: %v", fenced, member)
		}
	}
}

// fencedInTransaction forwards a record, ends the open transaction as one who takes the worker for dead does, and commits.
func (r *rig) fencedInTransaction(m *member, n int, before func()) {
	r.t.Helper()
	r.put(r.in, numbers(n, n+1)...)
	err := r.pollUntil(m, func(round transport.Round) bool {
		for _, b := range round.Batches {
			m.Forward(0, 0, b)
		}
		return len(round.Batches) > 0
	})
	if err == nil {
		err = m.s.gts.Client().Flush(context.Background())
	}
	if err != nil {
		r.t.Fatal(err)
	}
	before()
	if err := (&member{client: r.client, log: quiet()}).fence(context.Background(), m.config.id()); err != nil {
		r.t.Fatal(err)
	}
	if committed, err := m.Commit(context.Background()); committed || err != nil {
		r.t.Fatalf("commit gave %t and %v, want a new session", committed, err)
	}
	if m.s != nil {
		r.t.Fatal("the session has not ended: it was not fenced")
	}
}

// Who was thrown out of the group and fenced for it, however often, has met no rival. Nor has who is fenced late, when it is
// a member again.
func TestWhoWasTakenForDeadGoesOn(t *testing.T) {
	for name, expelled := range map[string]bool{"expelled": true, "late": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, brokersOf(t))
			m := r.open(r.config())
			for n := range fencingsMax {
				r.fencedInTransaction(m, n, func() {
					if !expelled {
						return
					}
					left, err := r.admin.LeaveGroup(context.Background(), kadm.LeaveGroup(m.config.Group).InstanceIDs(m.config.id()))
					if err != nil || !left.Ok() {
						t.Fatalf("leave: %v, %v", left, err)
					}
				})
			}
			r.pass(m, fencingsMax)
			r.want(r.out, numbers(0, fencingsMax))
		})
	}
}

// A session that was thrown out and joins again has no name: until the group has answered it would give the old one, which a
// group that has answered already takes for another's.
func TestWhoWasThrownOutHasNoName(t *testing.T) {
	r := newRig(t, brokersOf(t))
	m := r.open(r.config())
	r.put(r.in, "0")
	r.pass(m, 1)
	before := m.s.name()
	if before == "" || m.rival(before) {
		t.Fatalf("a member is called %q and has a rival: %t", before, m.rival(before))
	}
	if _, err := r.admin.LeaveGroup(context.Background(), kadm.LeaveGroup(m.config.Group).InstanceIDs(m.config.id())); err != nil {
		t.Fatal(err)
	}
	if err := r.pollUntil(m, func(transport.Round) bool { return m.s == nil || m.s.name() != before }); err != nil {
		t.Fatal(err)
	}
	if after := m.s.name(); after != "" {
		t.Errorf("who was thrown out is called %q", after)
	}
	if err := r.pollUntil(m, func(transport.Round) bool { return m.rival(before) }); err != nil {
		t.Fatal(err)
	}
}
