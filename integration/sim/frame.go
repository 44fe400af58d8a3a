package sim

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// frameMax bounds one request or reply, in bytes.
const frameMax = 64 << 20

// readFrame reads one request or reply with its size.
func readFrame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > frameMax {
		return nil, fmt.Errorf("a frame of %d bytes: want at most %d", n, frameMax)
	}
	frame := make([]byte, 4+n)
	copy(frame, size[:])
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}

// call is what has to be known of a request to read its reply.
type call struct {
	key     kmsg.Key
	version int16
	id      string // of the client, which a session shares with its transactions
}

// parseCall reads a request's header.
func parseCall(frame []byte) (c call, correlation int32) {
	b := kbin.Reader{Src: frame[4:]}
	c.key, c.version = kmsg.Key(b.Int16()), b.Int16()
	correlation = b.Int32()
	if id := b.NullableString(); id != nil {
		c.id = *id
	}
	return c, correlation
}

// correlationOf is the number of the request that a reply answers.
func correlationOf(reply []byte) int32 {
	if len(reply) < 8 {
		return -1
	}
	return int32(binary.BigEndian.Uint32(reply[4:]))
}

// decode reads the reply to c; nil where it cannot be read.
func (c call) decode(reply []byte) kmsg.Response {
	req := kmsg.RequestForKey(int16(c.key))
	if req == nil {
		return nil
	}
	req.SetVersion(c.version)
	resp := req.ResponseKind()
	b := kbin.Reader{Src: reply[8:]}
	if resp.IsFlexible() && c.key != kmsg.ApiVersions {
		kmsg.SkipTags(&b)
	}
	if err := resp.ReadFrom(b.Src); err != nil {
		return nil
	}
	return resp
}

// encode makes a reply again, as an answer to the same request.
func encode(reply []byte, resp kmsg.Response) []byte {
	out := append([]byte(nil), reply[:8]...)
	if resp.IsFlexible() {
		out = append(out, 0) // no tagged fields
	}
	out = resp.AppendTo(out)
	binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	return out
}

// transactionalID reads a request for a producer id; empty where it names no transactional id.
func (c call) transactionalID(frame []byte) string {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.SetVersion(c.version)
	b := kbin.Reader{Src: frame[12:]}
	b.NullableString() // the client id
	if req.IsFlexible() {
		kmsg.SkipTags(&b)
	}
	if err := req.ReadFrom(b.Src); err != nil || req.TransactionalID == nil {
		return ""
	}
	return *req.TransactionalID
}
