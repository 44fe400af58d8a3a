package proxy

import (
	"sync"
	"time"
)

// Network is the doors to the brokers of one cluster, with the faults between them and the clients. The zero value has neither.
type Network struct {
	mu     sync.Mutex
	faults map[*Fault]bool
	conns  map[*conn]bool
}

// Fault is asked about frames while it is inflicted, by several goroutines; nil functions are not asked.
type Fault struct {
	Request func(Call) Fate // before a request goes to the broker
	Reply   func(Call) Fate // before the reply to a request goes to the client
}

// Fate is what becomes of one frame. The zero value lets it pass.
type Fate struct {
	Wait time.Duration // the frame, and with it all that follow on the connection, are held up for so long
	Lose bool          // the frame is swallowed; the connection stays open
	Cut  bool          // the frame is swallowed and the client's connection is closed
	// Late, of a request: the client's connection is closed at once and the request reaches the broker after so long.
	Late time.Duration
}

// Inflict adds a fault until heal is called.
func (n *Network) Inflict(f *Fault) (heal func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.faults == nil {
		n.faults = map[*Fault]bool{}
	}
	n.faults[f] = true
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.faults, f)
	}
}

// Cut closes all connections on which the client has sent something, and tells how many; of every client where id is empty.
func (n *Network) Cut(id string) int {
	n.mu.Lock()
	var cut []*conn
	for c := range n.conns {
		if id == "" || c.id() == id {
			cut = append(cut, c)
		}
	}
	n.mu.Unlock()
	for _, c := range cut {
		c.close()
	}
	return len(cut)
}

// fate joins what all faults say.
func (n *Network) fate(c Call, reply bool) (all Fate) {
	n.mu.Lock()
	var asked []func(Call) Fate
	for f := range n.faults {
		if ask := f.Request; !reply && ask != nil {
			asked = append(asked, ask)
		}
		if ask := f.Reply; reply && ask != nil {
			asked = append(asked, ask)
		}
	}
	n.mu.Unlock()
	for _, ask := range asked {
		f := ask(c)
		all = Fate{Wait: all.Wait + f.Wait, Lose: all.Lose || f.Lose, Cut: all.Cut || f.Cut, Late: max(all.Late, f.Late)}
	}
	return all
}

func (n *Network) enter(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns == nil {
		n.conns = map[*conn]bool{}
	}
	n.conns[c] = true
}

func (n *Network) leave(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}
