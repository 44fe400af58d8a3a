package observe

import (
	"net"
	"sync"
)

// bounded accepts no more connections than it has slots; others wait in the system's queue until one is closed.
type bounded struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

func bound(l net.Listener, connections int) *bounded {
	return &bounded{Listener: l, slots: make(chan struct{}, connections), done: make(chan struct{})}
}

// Accept waits for a slot, then for a connection.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.slots <- struct{}{}:
	case <-b.done:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.slots
		return nil, err
	}
	return &slot{Conn: conn, free: sync.OnceFunc(func() { <-b.slots })}, nil
}

// Close ends the listener, and whoever waits for a slot of it.
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.done) })
	return b.Listener.Close()
}

// slot is a connection that gives its slot back when it is closed.
type slot struct {
	net.Conn
	free func()
}

func (s *slot) Close() error {
	defer s.free()
	return s.Conn.Close()
}
