package sim

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire is all connections of one worker process. It may be stalled, broken and cut, and may tamper with replies after the
// brokers have acted.
type wire struct {
	network  *kfake.VirtualNetwork
	instance string
	txns     *transactions
	calls    *Calls
	latency  time.Duration   // the most that one frame takes
	claims   func(id string) // is told of each transactional id that is asked for

	mu      sync.Mutex
	dead    bool
	resume  chan struct{} // not nil: nothing moves until it is closed
	frozen  bool          // the worker itself does not move either until then
	links   map[*link]struct{}
	tamper  map[kmsg.Key]tamper // what to do to the next reply of a kind
	waited  time.Duration       // the longest that a broker took to answer a JoinGroup since the last calm
	pumping sync.WaitGroup
}

// tamper changes a reply, or gives nil to break the connection instead of delivering it.
type tamper func(c call, reply []byte) []byte

func newWire(w *world, instance string) *wire {
	return &wire{
		network: w.network, instance: instance, txns: w.txns, calls: w.calls, latency: w.latency, claims: w.claimed,
		links: map[*link]struct{}{}, tamper: map[kmsg.Key]tamper{},
	}
}

// dial opens a connection, once the wire is not stalled.
func (w *wire) dial(ctx context.Context, network, host string) (net.Conn, error) {
	if err := w.moving(ctx); err != nil {
		return nil, err
	}
	broker, err := w.network.DialContext(ctx, network, host)
	if err != nil {
		return nil, err
	}
	outer, inner := net.Pipe()
	l := &link{wire: w, inner: inner, broker: broker, sent: map[int32]call{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		l.close()
		return nil, net.ErrClosed
	}
	w.links[l] = struct{}{}
	w.pumping.Go(l.up)
	w.pumping.Go(l.down)
	return outer, nil
}

// travel takes the time that a frame takes. An error says that it never arrives.
func (w *wire) travel() error {
	if w.latency > 0 {
		time.Sleep(rand.N(w.latency))
	}
	return w.moving(context.Background())
}

// moving waits while the wire is stalled.
func (w *wire) moving(ctx context.Context) error {
	for {
		w.mu.Lock()
		resume, dead := w.resume, w.dead
		w.mu.Unlock()
		switch {
		case dead:
			return net.ErrClosed
		case resume == nil:
			return nil
		}
		select {
		case <-resume:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stall stops everything for a while. What was under way is delivered afterwards, also from a connection that the worker has
// given up meanwhile.
func (w *wire) stall(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.resume != nil || w.dead {
		return
	}
	resume := make(chan struct{})
	w.resume = resume
	time.AfterFunc(d, w.unstall)
}

func (w *wire) unstall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.resume != nil {
		close(w.resume)
		w.resume, w.frozen = nil, false
	}
}

// cut is the death of the process: no connection is left, and none will be.
func (w *wire) cut() {
	w.mu.Lock()
	w.dead = true
	w.mu.Unlock()
	w.unstall()
	w.hangUp()
}

// hangUp breaks all connections. New ones may be made.
func (w *wire) hangUp() {
	w.mu.Lock()
	links := w.links
	w.links = map[*link]struct{}{}
	w.mu.Unlock()
	for l := range links {
		l.close()
	}
}

// next arranges what becomes of the next reply of a kind.
func (w *wire) next(key kmsg.Key, t tamper) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tamper[key] = t
}

// waitedFor notes how long a broker took to answer a JoinGroup.
func (w *wire) waitedFor(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waited = max(w.waited, d)
}

// joining is the longest that a broker has taken to answer a JoinGroup since the last calm, or takes now.
func (w *wire) joining() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest := w.waited
	for l := range w.links {
		longest = max(longest, l.joining())
	}
	return longest
}

func (w *wire) calm() {
	w.mu.Lock()
	clear(w.tamper)
	w.waited = 0
	w.mu.Unlock()
	w.unstall()
}

func (w *wire) take(key kmsg.Key) tamper {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tamper[key]
	delete(w.tamper, key)
	return t
}
