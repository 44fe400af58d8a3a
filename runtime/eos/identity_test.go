package eos

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A worker asks for its producer id by a transactional id that its successor has again, at once and without being polled:
// nothing else ends what its predecessor left open.
func TestProducerIDIsClaimedBeforeThePoll(t *testing.T) {
	cluster := fake(t)
	r := newRig(t, cluster.ListenAddrs())
	claimed, joined := make(chan string, 100), make(chan string, 100)
	cluster.ControlKey(int16(kmsg.InitProducerID), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		claimed <- *req.(*kmsg.InitProducerIDRequest).TransactionalID
		return nil, nil, false
	})
	cluster.ControlKey(int16(kmsg.JoinGroup), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		joined <- *req.(*kmsg.JoinGroupRequest).InstanceID
		return nil, nil, false
	})
	for range 2 {
		m := r.open(r.config())
		for what, ids := range map[string]chan string{"transactional id": claimed, "member's instance": joined} {
			select {
			case id := <-ids:
				if id != r.in+".g.a" {
					t.Errorf("the %s is %q, want the group's and the instance's name, %s.g.a", what, id, r.in)
				}
			case <-time.After(patience):
				t.Fatalf("nobody told a %s", what)
			}
		}
		m.Close()
	}
}

// A worker that died between sending its positions and ending the transaction keeps nobody waiting for the transaction
// timeout: neither its successor of the same instance, nor another one once the group has thrown it out.
func TestPositionsOfTheDeadAreReleased(t *testing.T) {
	for name, dead := range map[string]string{"predecessor": "a", "other worker": "b"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, brokersOf(t))
			r.put(r.in, numbers(0, 5)...)
			first := r.config()
			first.Instance = "first"
			m := r.open(first)
			r.pass(m, 5)
			m.Close()
			r.put(r.in, numbers(5, 9)...)
			r.leavePending(r.config().Group, dead)
			r.pass(r.open(r.config()), 4)
			r.want(r.out, numbers(0, 9))
		})
	}
}

// leavePending leaves a transaction open that has written and has sent positions, and that would stay open for longer than a
// test waits.
func (r *rig) leavePending(group, instance string) {
	r.t.Helper()
	ctx, id := context.Background(), group+"."+instance
	must := func(err error, code int16) {
		r.t.Helper()
		if err = errors.Join(err, kerr.ErrorForCode(code)); err != nil {
			r.t.Fatal(err)
		}
	}
	p := r.openTransaction(id, r.out)
	defer p.Close()
	pid, epoch, err := p.ProducerID(ctx)
	must(err, 0)
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = id, pid, epoch, group
	added, err := add.RequestWith(ctx, r.client)
	must(err, added.ErrorCode)
	commit := kmsg.NewPtrTxnOffsetCommitRequest()
	commit.TransactionalID, commit.ProducerID, commit.ProducerEpoch, commit.Group, commit.Generation = id, pid, epoch, group, -1
	topic, partition := kmsg.NewTxnOffsetCommitRequestTopic(), kmsg.NewTxnOffsetCommitRequestTopicPartition()
	listed, err := r.admin.ListTopics(ctx, r.in)
	must(err, 0)
	topic.Topic, topic.TopicID, partition.Offset = r.in, listed[r.in].ID, 7
	topic.Partitions = append(topic.Partitions, partition)
	commit.Topics = append(commit.Topics, topic)
	committed, err := commit.RequestWith(ctx, r.client)
	must(err, committed.Topics[0].Partitions[0].ErrorCode)
}

// Transactions that carry positions alone are kept apart, and those that write are not held back.
func TestPositionsAloneArePaced(t *testing.T) {
	r := newRig(t, brokersOf(t))
	m := r.open(r.config())
	var waits []time.Duration
	m.wait = func(_ context.Context, d time.Duration) bool { waits = append(waits, d); return true }
	for n, write := range []bool{false, false, true} {
		r.put(r.in, numbers(n, n+1)...)
		waits = nil
		soon := time.Now().Add(time.Hour)
		for done := false; !done; {
			round, err := m.Poll(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range round.Batches {
				if write {
					m.Forward(0, 0, b)
				}
			}
			m.ended = soon // so that no pace of this machine matters
			committed, err := m.Commit(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			done = committed && len(round.Batches) > 0
		}
		if write && len(waits) > 0 {
			t.Errorf("a transaction that writes waits %s", waits)
		}
		if !write && (len(waits) == 0 || waits[0] < time.Hour/2+pace) {
			t.Errorf("a transaction of positions alone waits %s after the one before it, want %s", waits, pace)
		}
		if !m.ended.Before(soon) {
			t.Error("the end of the transaction is not remembered")
		}
	}
	r.want(r.out, numbers(2, 3))
}

// Brokers that move their coordinators do not keep a group from starting.
func TestStartWaitsForTheCoordinator(t *testing.T) {
	cluster := fake(t)
	r := newRig(t, cluster.ListenAddrs())
	r.put(r.in, numbers(0, 5)...)
	c := r.config()
	c.Client = append(c.Client, kgo.RequestRetries(0))
	fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Topic: r.in, Err: kerr.NotCoordinator, Count: 5})
	r.pass(r.open(c), 5)
	if fault.Hits() == 0 {
		t.Error("no start was refused")
	}
	r.want(r.out, numbers(0, 5))
}

// Whoever is asked to leave while it waits says so.
func TestOpenIsCutShort(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 5)...)
	m := r.open(r.config())
	r.pass(m, 5)
	m.Close()
	r.leavePending(r.config().Group, "other.stranger")
	for range 5 { // one may be cut short in a request, which says so by itself
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(releaseAfter/2, cancel)
		if _, err := Open(ctx, r.config()); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that of the context", err)
		}
	}
}
