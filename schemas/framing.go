package schemas

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Framing is what stands before the Avro bytes of a value.
type Framing uint8

const (
	// Bare is Avro bytes alone.
	Bare Framing = iota
	// Confluent is a zero byte and a four-byte schema id, big-endian, then Avro bytes.
	Confluent
)

// Errors of a value before its Avro bytes. Test for them with errors.Is.
var (
	// ErrTombstone is the error of a value that is nil.
	ErrTombstone = errors.New("the record is a tombstone: it has no value")
	// ErrFraming is the error of a value that does not begin as its framing asks.
	ErrFraming = errors.New("not in Confluent framing")
)

// frameBytes is the length of the Confluent framing.
const frameBytes = 5

func (f Framing) String() string {
	if f == Confluent {
		return "confluent"
	}
	return "none"
}

// ParseFraming gives the framing that a pipeline file calls name: none or confluent.
func ParseFraming(name string) (Framing, error) {
	switch name {
	case "none":
		return Bare, nil
	case "confluent":
		return Confluent, nil
	}
	return Bare, fmt.Errorf("unknown framing %q; have none, confluent", name)
}

// Strip gives the Avro bytes of data, as a view, and the schema id that stands before them; 0 where there is none.
func (f Framing) Strip(data []byte) (body []byte, id int32, err error) {
	start, err := f.start(data)
	if err != nil {
		return nil, 0, err
	}
	if f == Confluent {
		id = int32(binary.BigEndian.Uint32(data[1:]))
	}
	return data[start:], id, nil
}

// Append appends to buf what stands before Avro bytes of the schema called id: nothing where f is Bare.
func (f Framing) Append(buf []byte, id int32) []byte {
	if f == Bare {
		return buf
	}
	return binary.BigEndian.AppendUint32(append(buf, 0), uint32(id))
}

// start gives the place of the first Avro byte.
func (f Framing) start(data []byte) (int, error) {
	switch {
	case data == nil:
		return 0, ErrTombstone
	case f == Bare:
		return 0, nil
	case len(data) == 0:
		return 0, fmt.Errorf("%w: the value is empty; it should begin with byte 0 and 4 bytes of schema id", ErrFraming)
	case data[0] != 0:
		return 0, fmt.Errorf("%w: the value begins with byte %#02x; it should be 0x00, then 4 bytes of schema id", ErrFraming, data[0])
	case len(data) < frameBytes:
		return 0, fmt.Errorf("%w: the value has %d bytes; byte 0 and the schema id alone take %d", ErrFraming, len(data), frameBytes)
	}
	return frameBytes, nil
}
