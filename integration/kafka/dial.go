package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Dial connects to a broker, for clients that must outlive a broker's end. The engine's own proxy takes connections for a
// container that is down and closes them. The Kafka client takes that for a listener with TLS, and gives up what it was
// about to write; a connection that was reset it makes again.
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return resets{c}, nil
}

// resets is a connection that is reset where it was closed.
type resets struct{ net.Conn }

func (r resets) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	if n == 0 && errors.Is(err, io.EOF) {
		return 0, &net.OpError{Op: "read", Net: "tcp", Addr: r.RemoteAddr(), Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	return n, err
}
