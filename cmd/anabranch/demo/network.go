package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
)

// produceKey is the API key of Kafka's Produce request.
const produceKey = 0

var errCut = errors.New("the demo has cut this worker off")

// network is all that one worker has of the network. Once it is cut it stays so, as for a process that was killed:
// nothing of the worker reaches the broker any more, not even a goodbye.
type network struct {
	mu    sync.Mutex
	conns map[*conn]struct{}
	gone  bool
	armed chan struct{} // closed by the cut; nil while no cut is asked for
}

// Dial opens a connection that the network can cut.
func (n *network) Dial(ctx context.Context, network, host string) (net.Conn, error) {
	var dialer net.Dialer
	plain, err := dialer.DialContext(ctx, network, host)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gone {
		plain.Close()
		return nil, errCut
	}
	c := &conn{Conn: plain, network: n}
	if n.conns == nil {
		n.conns = make(map[*conn]struct{})
	}
	n.conns[c] = struct{}{}
	return c, nil
}

// CutInTransaction cuts the network at the next moment at which a transaction is certainly open: when the broker has
// answered a Produce request and the worker has not seen the answer, without which it cannot commit. The channel is closed then.
func (n *network) CutInTransaction() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.armed == nil {
		n.armed = make(chan struct{})
	}
	return n.armed
}

// Cut cuts the network now.
func (n *network) Cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gone {
		return
	}
	n.gone = true
	for c := range n.conns {
		c.Conn.Close()
	}
	if n.armed != nil {
		close(n.armed)
	}
}

func (n *network) asked() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.armed != nil
}

// conn is a connection that knows when it has sent a Produce request since a cut was asked for.
type conn struct {
	net.Conn
	network *network
	sent    requests
	mu      sync.Mutex
	trap    bool
}

func (c *conn) Write(p []byte) (int, error) {
	if c.sent.see(p) && c.network.asked() {
		c.mu.Lock()
		c.trap = true
		c.mu.Unlock()
	}
	return c.Conn.Write(p)
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	trap := c.trap
	c.mu.Unlock()
	if n > 0 && trap {
		c.network.Cut()
		return 0, errCut
	}
	return n, err
}

func (c *conn) Close() error {
	c.network.mu.Lock()
	delete(c.network.conns, c)
	c.network.mu.Unlock()
	return c.Conn.Close()
}

// requests follows the frames of a stream of Kafka requests: a length of four bytes, then the API key in two.
type requests struct {
	head [6]byte
	have int
	rest int // bytes of the present frame that are still to come
}

// see looks at the next bytes and tells whether a Produce request begins in them.
func (r *requests) see(p []byte) (produce bool) {
	for len(p) > 0 {
		if r.have == len(r.head) {
			n := min(r.rest, len(p))
			r.rest -= n
			p = p[n:]
			if r.rest == 0 {
				r.have = 0
			}
			continue
		}
		n := copy(r.head[r.have:], p)
		r.have += n
		p = p[n:]
		if r.have == len(r.head) {
			r.rest = int(binary.BigEndian.Uint32(r.head[:])) - 2
			produce = produce || binary.BigEndian.Uint16(r.head[4:]) == produceKey
			if r.rest <= 0 {
				r.have = 0
			}
		}
	}
	return produce
}
