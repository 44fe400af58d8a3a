package proxy

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
)

// Door is one address behind which is one broker.
type Door struct {
	network  *Network
	listener net.Listener
	broker   atomic.Pointer[string]
}

// Open opens a door on a free port of the loopback address. Until Lead is called it leads nowhere.
func (n *Network) Open(ctx context.Context) (*Door, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a door for clients: %w", err)
	}
	d := &Door{network: n, listener: l}
	go d.accept()
	return d, nil
}

// Address is what the broker has to advertise.
func (d *Door) Address() string { return d.listener.Addr().String() }

// Lead says where the broker is.
func (d *Door) Lead(broker string) { d.broker.Store(&broker) }

// Close lets nobody in any more. Connections stay; Network.Cut closes them.
func (d *Door) Close() error { return d.listener.Close() }

func (d *Door) accept() {
	for {
		client, err := d.listener.Accept()
		if err != nil {
			return
		}
		go d.serve(client)
	}
}

// serve joins a client with the broker until one of them hangs up.
func (d *Door) serve(client net.Conn) {
	to := d.broker.Load()
	if to == nil {
		hangUp(client)
		return
	}
	var dialer net.Dialer
	broker, err := dialer.DialContext(context.Background(), "tcp", *to)
	if err != nil {
		hangUp(client)
		return
	}
	c := &conn{network: d.network, client: client, broker: broker, waiting: map[int32]Call{}}
	d.network.enter(c)
	defer d.network.leave(c)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.replies()
	}()
	c.requests()
	<-done
}

// hangUp resets a client's connection, as the system of a broker does that is gone. A connection that merely ends before the
// first reply tells a Kafka client that it has come to a listener of another kind.
func hangUp(client net.Conn) {
	if tcp, ok := client.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = client.Close()
}
