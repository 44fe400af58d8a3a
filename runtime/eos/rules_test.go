package eos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// brokersOf are those that KAFKA_BROKERS names, or in-process ones.
func brokersOf(t *testing.T) []string {
	if b := os.Getenv("KAFKA_BROKERS"); b != "" {
		return []string{b}
	}
	return fake(t).ListenAddrs()
}

// A commit that the broker applied while the client was told that it does not know must not be done again.
func TestUnknownCommitIsReadFromTheBroker(t *testing.T) {
	for name, tamper := range map[string]func(reply []byte) bool{
		"unknown server error": func(reply []byte) bool { endTxnError(reply, kerr.UnknownServerError.Code); return true },
		"invalid state":        func(reply []byte) bool { endTxnError(reply, kerr.InvalidTxnState.Code); return true },
		"producer fenced":      func(reply []byte) bool { endTxnError(reply, kerr.ProducerFenced.Code); return true },
		"reply lost":           func([]byte) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			r, w := newRig(t, brokersOf(t)), &wire{}
			var hits atomic.Int32
			w.set(func(key int16, reply []byte) bool {
				if key != endTxn || hits.Add(1)%3 != 1 {
					return true
				}
				return tamper(reply)
			})
			c := r.config()
			c.Client = append(c.Client, kgo.Dialer(w.dial))
			m := r.open(c)
			for from := 0; from < 40; from += 10 {
				r.put(r.in, numbers(from, from+10)...)
				r.passTo(m, int64(from+10))
			}
			if hits.Load() == 0 {
				t.Error("no reply was touched")
			}
			r.want(r.out, numbers(0, 40))
		})
	}
}

// A commit that the broker did not do, with an error that says nothing, is done again by a new session.
func TestRefusedCommitIsDoneAgain(t *testing.T) {
	for _, answer := range []*kerr.Error{kerr.InvalidTxnState, kerr.InvalidProducerEpoch, kerr.UnknownServerError} {
		t.Run(answer.Message, func(t *testing.T) {
			cluster := fake(t)
			r := newRig(t, cluster.ListenAddrs())
			m := r.open(r.config())
			r.put(r.in, numbers(0, 10)...)
			r.passTo(m, 10)
			fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, TopLevel: true, Err: answer})
			r.put(r.in, numbers(10, 20)...)
			r.passTo(m, 20)
			if fault.Hits() == 0 {
				t.Error("no commit was refused")
			}
			r.want(r.out, numbers(0, 20))
		})
	}
}

// Positions that the group could not take are not committed, nor is what was made of the records.
func TestRefusedPositionsAbort(t *testing.T) {
	for _, answer := range []*kerr.Error{kerr.IllegalGeneration, kerr.InvalidTxnState, kerr.FencedInstanceID} {
		t.Run(answer.Message, func(t *testing.T) {
			cluster := fake(t)
			r := newRig(t, cluster.ListenAddrs())
			m := r.open(r.config())
			r.put(r.in, numbers(0, 10)...)
			fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Topic: r.in, Err: answer})
			r.passTo(m, 10)
			if fault.Hits() == 0 {
				t.Error("no positions were refused")
			}
			r.want(r.out, numbers(0, 10))
		})
	}
}

// passTo forwards until the group has committed offset next of the input's partition 0.
func (r *rig) passTo(m *member, next int64) {
	r.t.Helper()
	for start := time.Now(); time.Since(start) < patience; {
		round, err := m.Poll(context.Background())
		if err != nil {
			r.t.Fatal("poll:", err)
		}
		for _, b := range round.Batches {
			r.noteOf(b)
			m.Forward(0, 0, b)
			_ = b.Records(func(_ int, o *stage.Meta, _ []byte) error {
				m.Note(b.Topic(), b.Partition(), fmt.Sprint("at ", o.Origin.Offset+1))
				return nil
			})
		}
		if _, err := m.Commit(context.Background()); err != nil {
			r.t.Fatal("commit:", err)
		}
		// After a commit that failed, the next Poll is what makes the positions stable again: do not wait for it here.
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		have, err := committedOffsets(ctx, r.admin, m.config.Group)
		cancel()
		if err == nil && have[spot{r.in, 0}].next >= next {
			return
		}
	}
	r.t.Fatalf("offset %d is not committed", next)
}

// Records that are too large by themselves are named at once, and all others get through.
func TestOversizeRecordsAreNamed(t *testing.T) {
	r := newRig(t, brokersOf(t))
	small := "2000"
	r.out = "small" + r.out
	r.topic(r.out, 1, map[string]*string{"max.message.bytes": &small})
	values := numbers(0, 50)
	values[7], values[30] = strings.Repeat("x", 3000), strings.Repeat("y", 3000)
	r.put(r.in, values...)
	refused := r.pass(r.open(r.config()), 50)
	var at []int64
	for _, f := range refused {
		at = append(at, f.Origin.Offset)
		if f.Sink != 0 || f.Origin.Topic != r.in || !errors.Is(f.Err, kerr.MessageTooLarge) {
			t.Errorf("refused %+v", f)
		}
	}
	slices.Sort(at)
	if !slices.Equal(at, []int64{7, 30}) {
		t.Errorf("offsets %v were refused, want 7 and 30", at)
	}
	r.want(r.out, slices.Concat(values[:7], values[8:30], values[31:]))
}

// A position that the topic no longer holds ends the run, with the gap in the error.
func TestLostPositionIsNeverReset(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 10)...)
	m := r.open(r.config())
	r.pass(m, 10)
	m.Close()
	r.put(r.in, numbers(10, 30)...)
	if _, err := r.admin.DeleteRecords(context.Background(), kadm.Offsets{r.in: {0: {Topic: r.in, At: 25}}}); err != nil {
		t.Fatal(err)
	}
	m = r.open(r.config())
	err := r.pollUntil(m, func(round transport.Round) bool { return len(round.Batches) > 0 })
	if !errors.Is(err, transport.ErrPosition) || !strings.Contains(err.Error(), "position 10") || !strings.Contains(err.Error(), "15 offsets") {
		t.Errorf("error %v, want the position 10 and the 15 offsets that are gone", err)
	}
}

// Two live workers of one instance: exactly one of them goes, whether there is work or none.
func TestTwoWorkersOfOneInstance(t *testing.T) {
	for name, pause := range map[string]time.Duration{"fed": 20 * time.Millisecond, "idle": time.Hour} {
		t.Run(name, func(t *testing.T) { twoWorkers(t, pause) })
	}
}

// twoWorkers runs both, with a record after each pause.
func twoWorkers(t *testing.T, pause time.Duration) {
	r := newRig(t, brokersOf(t))
	stop, ended := make(chan struct{}), make(chan error, 2)
	for range 2 {
		m := r.open(r.config())
		go func() {
			for {
				select {
				case <-stop:
					ended <- nil
					return
				default:
				}
				round, err := m.Poll(context.Background())
				if err == nil {
					for _, b := range round.Batches {
						m.Forward(0, 0, b)
					}
					_, err = m.Commit(context.Background())
				}
				if err != nil {
					m.Close()
					ended <- err
					return
				}
			}
		}()
	}
	feed := time.NewTicker(pause)
	defer feed.Stop()
	timeout := time.After(patience)
	n := 0
	for {
		select {
		case <-feed.C:
			r.put(r.in, numbers(n, n+1)...)
			n++
			continue
		case err := <-ended:
			if !errors.Is(err, transport.ErrFenced) {
				t.Errorf("one worker ended with %v, want %v", err, transport.ErrFenced)
			}
		case <-timeout:
			t.Error("both workers go on")
		}
		break
	}
	deadline := time.Now().Add(patience)
	for r.lag(r.config().Group) > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Errorf("the other worker ended with %v", err)
	}
	r.want(r.out, numbers(0, n))
}

func (r *rig) lag(group string) int64 {
	r.t.Helper()
	ends, err := lastStable(context.Background(), r.admin, r.in)
	if err != nil {
		r.t.Fatal(err)
	}
	have, err := committedOffsets(context.Background(), r.admin, group)
	if err != nil {
		r.t.Fatal(err)
	}
	return ends[spot{r.in, 0}] - have[spot{r.in, 0}].next
}

// The transaction of a worker that died is aborted as soon as its partitions are someone else's, and one of
// a group whose name merely begins alike is left alone.
func TestDeadOwnerIsFenced(t *testing.T) {
	r := newRig(t, brokersOf(t))
	other := "other" + r.in
	r.topic(other, 1, nil)
	group := r.config().Group
	dead := r.openTransaction(group+".dead", r.out)
	defer dead.Close()
	stranger := r.openTransaction(group+".x.dead", other)
	defer stranger.Close()
	r.put(r.in, numbers(0, 5)...)
	r.pass(r.open(r.config()), 5)
	r.want(r.out, numbers(0, 5)) // waits for the last stable offset: 60 s of transaction timeout without the fence
	open, err := r.admin.ListTransactions(context.Background(), nil, []string{"Ongoing"})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := open[group+".x.dead"]; !ok {
		t.Error("the transaction of another group was aborted")
	}
}

func (r *rig) openTransaction(id, topic string) *kgo.Client {
	r.t.Helper()
	p, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.TransactionalID(id), kgo.TransactionTimeout(2*patience))
	if err == nil {
		err = p.BeginTransaction()
	}
	if err == nil {
		err = p.ProduceSync(context.Background(), &kgo.Record{Topic: topic, Value: []byte("never")}).FirstErr()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// A transaction that stays open too long is given up, and its records are read again.
func TestStuckTransactionIsGivenUp(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 5)...)
	m := r.open(r.config())
	m.openMax = 100 * time.Millisecond
	err := r.pollUntil(m, func(round transport.Round) bool {
		for _, b := range round.Batches {
			m.Forward(0, 0, b)
		}
		return len(round.Batches) > 0
	})
	if err != nil {
		t.Fatal(err)
	}
	<-m.s.ctx.Done()
	if committed, err := m.Commit(context.Background()); committed || err != nil {
		t.Fatalf("commit gave %t and %v, want false", committed, err)
	}
	m.openMax = patience
	r.pass(m, 5)
	r.want(r.out, numbers(0, 5))
}

// Connections that are cut with the transaction open leave nothing behind for the successor of the same instance.
func TestCrashIsTakenUp(t *testing.T) {
	r, w := newRig(t, brokersOf(t)), &wire{}
	r.put(r.in, numbers(0, 10)...)
	c := r.config()
	c.Client = append(c.Client, kgo.Dialer(w.dial))
	m := r.open(c)
	seen := 0
	err := r.pollUntil(m, func(round transport.Round) bool {
		for _, b := range round.Batches {
			seen += b.Len()
			m.Forward(0, 0, b)
		}
		return seen > 0
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.s.gts.Client().Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.cut()
	m.Close()
	m = r.open(r.config())
	r.pass(m, 10)
	r.want(r.out, numbers(0, 10))
}

// While no broker answers, rounds are empty and say so; the same worker goes on afterwards, without an error.
func TestOutageIsReported(t *testing.T) {
	r, w := newRig(t, brokersOf(t)), &wire{}
	c := r.config()
	c.Client = append(c.Client, kgo.Dialer(w.dial))
	m := r.open(c)
	r.put(r.in, numbers(0, 5)...)
	r.pass(m, 5)
	w.cut()
	if err := r.pollUntil(m, func(round transport.Round) bool { return errors.Is(round.Outage, transport.ErrUnreachable) }); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.dead = false
	w.mu.Unlock()
	r.put(r.in, numbers(5, 10)...)
	r.pass(m, 5)
	r.want(r.out, numbers(0, 10))
}

func TestNoBroker(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, Config{Client: []kgo.Opt{kgo.SeedBrokers("127.0.0.1:1")}, Group: "g", Instance: "a", Inputs: []Input{{Topics: []string{"t"}}}, Log: quiet()})
	if !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("error %v, want %v", err, transport.ErrUnreachable)
	}
}

// What was written before a failed write is not committed, whatever the caller does.
func TestFailedWriteAborts(t *testing.T) {
	r := newRig(t, brokersOf(t))
	r.put(r.in, numbers(0, 4)...)
	m := r.open(r.config())
	err := r.pollUntil(m, func(round transport.Round) bool {
		for _, b := range round.Batches {
			m.Forward(0, 0, b)
			m.Add(0, 99, &stage.Meta{}, []byte("there is no such partition"))
		}
		return len(round.Batches) > 0
	})
	if err != nil {
		t.Fatal(err)
	}
	if committed, err := m.Commit(context.Background()); committed || err != nil {
		t.Fatalf("commit gave %t and %v, want false", committed, err)
	}
	r.want(r.out, nil)
	r.pass(m, 4)
	r.want(r.out, numbers(0, 4))
}
