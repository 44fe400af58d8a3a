package kafka

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// dialMax bounds one attempt to have a broker answer.
const dialMax = 5 * time.Second

// Dial connects to a broker that serves, for clients that must outlive a broker's end. The engine's own proxy takes connections
// for a container that is down and closes them, which clients of Kafka do not take for an outage: so a broker is asked for
// its versions first.
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	ctx, cancel := context.WithTimeout(ctx, dialMax)
	defer cancel()
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := greet(conn); err != nil {
		_ = conn.Close()
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("nobody serves behind %s: %w", address, err)}
	}
	return conn, nil
}

// greet asks for the broker's versions and reads past the answer.
func greet(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(dialMax)); err != nil {
		return err
	}
	request := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 10}, uint16(kmsg.ApiVersions)) // version 0, number 0, no client id
	if _, err := conn.Write(append(request, 0, 0, 0, 0, 0, 0, 0xff, 0xff)); err != nil {
		return err
	}
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(size[:]))); err != nil {
		return err
	}
	return conn.SetDeadline(time.Time{})
}
