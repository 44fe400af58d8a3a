package proxy

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// frameMax bounds one request or reply, in bytes.
const frameMax = 128 << 20

// Call is one request, as its header names it.
type Call struct {
	Key     kmsg.Key
	Version int16
	Client  string // the client id

	number int32 // the correlation id, which the reply repeats
}

// readFrame reads one request or reply into buf, size included.
func readFrame(r io.Reader, buf []byte) ([]byte, error) {
	buf = append(buf[:0], 0, 0, 0, 0)
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(buf)
	if n < 4 || n > frameMax {
		return nil, fmt.Errorf("a frame of %d bytes: want 4 to %d", n, frameMax)
	}
	if cap(buf) < int(n)+4 {
		buf = append(make([]byte, 0, int(n)+4), buf...)
	}
	buf = buf[:n+4]
	_, err := io.ReadFull(r, buf[4:])
	return buf, err
}

// parseCall reads the header of a request.
func parseCall(frame []byte) (c Call, err error) {
	b := kbin.Reader{Src: frame[4:]}
	c.Key, c.Version, c.number = kmsg.Key(b.Int16()), b.Int16(), b.Int32()
	if id := b.NullableString(); id != nil {
		c.Client = *id
	}
	if err := b.Complete(); err != nil {
		return c, fmt.Errorf("the header of a request: %w", err)
	}
	return c, nil
}

// numberOf is the correlation id of a reply.
func numberOf(reply []byte) int32 { return int32(binary.BigEndian.Uint32(reply[4:])) }
