package replay

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/eos"
)

// wire is a network that is cut when it has seen some transactions end: the replies of the last one are lost.
type wire struct {
	mu    sync.Mutex
	left  int
	gone  bool
	conns []net.Conn
	onCut func() // may be nil
}

var errCut = errors.New("cut")

func (w *wire) dial(ctx context.Context, network, host string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, host)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		c.Close()
		return nil, errCut
	}
	w.conns = append(w.conns, c)
	return &wired{Conn: c, wire: w}, nil
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = true
	for _, c := range w.conns {
		c.Close()
	}
	if w.onCut != nil {
		w.onCut()
	}
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = false
}

// forget makes the group forget a replay that died, as the end of its session would.
func (b *bench) forget() {
	b.t.Helper()
	if _, err := kadm.NewClient(b.Client).LeaveGroup(b.t.Context(), kadm.LeaveGroup("p.dlq").InstanceIDs("p.dlq.replay")); err != nil {
		b.t.Fatal(err)
	}
}

type wired struct {
	net.Conn
	wire *wire
	last bool
}

const endTxn = 26

func (c *wired) Write(p []byte) (int, error) {
	if len(p) > 6 && p[4] == 0 && p[5] == endTxn {
		c.wire.mu.Lock()
		c.wire.left--
		c.last = c.wire.left == 0
		c.wire.mu.Unlock()
	}
	return c.Conn.Write(p)
}

func (c *wired) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.last && err == nil {
		c.wire.cut()
		return 0, errCut
	}
	return n, err
}

// A replay that dies between transactions, or not knowing whether its last one was committed, is followed by one that
// replays the rest.
func TestCrashesReplayOnce(t *testing.T) {
	b := newBench(t)
	b.poison(60)
	for _, transactions := range []int{1, 2, 1} { // that it ends before it dies with the reply to the last one
		if !b.crash(transactions) {
			t.Errorf("it came through %d transactions", transactions)
		}
		b.forget()
	}
	before := b.replay(file(easy), Order{}).Groups.Total()
	if before.Replayed == 0 || before.Passed == 0 || before.Replayed+before.Passed != 30 {
		t.Errorf("in the end %+v; want some that were replayed, and some that were not", before)
	}
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 60, 1)) {
		t.Errorf("good has %d: %v", len(got), got)
	}
}

// crash replays on a network that is cut for good when so many transactions have ended, and tells whether it was.
func (b *bench) crash(transactions int) bool {
	b.t.Helper()
	w := &wire{left: transactions}
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	w.onCut = cancel
	d, err := Open(ctx, b.load(file(easy)), w.dial, quiet)
	if err != nil {
		b.t.Fatal(err)
	}
	defer d.Close()
	r, err := d.begin(ctx, Order{PerSecond: 5}) // of which makes transactions of five
	if err != nil {
		b.t.Fatal(err)
	}
	r.order.PerSecond = 0 // and does not wait in between
	defer r.close()
	if err := r.run(ctx); err != nil {
		b.t.Log(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone
}

func TestSecondReplayerIsRefused(t *testing.T) {
	b := newBench(t)
	b.poison(6)
	first, err := b.desk(file(easy), nil).begin(t.Context(), Order{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	for joined := false; !joined; {
		round, err := first.out.Poll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		joined = len(round.Batches) > 0
	}
	_, err = b.desk(file(easy), nil).Replay(t.Context(), Order{})
	if err == nil || !strings.Contains(err.Error(), "another replay of pipeline p is running") {
		t.Errorf("the second one: %v", err)
	}
}

// A replay that was in the middle of it when another one took its id over has committed nothing more, and reads the marks
// again before it goes on.
func TestMarksAreReadAgainAfterAnotherReplay(t *testing.T) {
	b := newBench(t)
	b.poison(20)
	w := &wire{}
	first, err := b.desk(file(easy), w.dial).begin(t.Context(), Order{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	for joined := false; !joined; { // and then it pauses, with letters in hand
		round, err := first.out.Poll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := first.refresh(t.Context(), round.Session); err != nil {
			t.Fatal(err)
		}
		for _, batch := range round.Batches {
			joined = true
			if err := first.work(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.cut()
	b.forget()
	fates(t, &b.replay(file(easy), Order{}).Groups, 0, 10, 0, 0, 0)
	if err := eos.Restart(t.Context(), []kgo.Opt{kgo.SeedBrokers(b.addrs...)}, "p.dlq", "replay", "dlq"); err != nil { // as a third one would
		t.Fatal(err)
	}
	w.mend()
	if err := first.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	fates(t, &first.report.Groups, 0, 0, 0, 0, 10)
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 20, 1)) {
		t.Errorf("good has %v", got)
	}
}
