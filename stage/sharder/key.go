package sharder

import (
	"encoding/binary"

	"github.com/anabranch-go/anabranch/stage"
)

// Key appends the bytes of an event's key to buf; an error rejects the event. It must be safe for concurrent use.
//
// The bytes of a value are those of Kafka's own serializers, so that other clients make the same keys: a string is its UTF-8,
// an enum its symbol, an int and a long as AppendInt and AppendLong say. Several values together are a Tuple.
type Key[T any] func(e *stage.Event[T], buf []byte) ([]byte, error)

// AppendString appends a string or the symbol of an enum: its UTF-8, with nothing around it.
func AppendString(buf []byte, s string) []byte { return append(buf, s...) }

// AppendInt appends an Avro int: four bytes, big-endian, as Kafka's IntegerSerializer does.
func AppendInt(buf []byte, n int32) []byte { return binary.BigEndian.AppendUint32(buf, uint32(n)) }

// AppendLong appends an Avro long: eight bytes, big-endian, as Kafka's LongSerializer does.
func AppendLong(buf []byte, n int64) []byte { return binary.BigEndian.AppendUint64(buf, uint64(n)) }

// Tuple makes one key of several: of each its length in four bytes, big-endian, and then its bytes. So no two different
// tuples have the same bytes.
func Tuple[T any](parts ...Key[T]) Key[T] {
	return func(e *stage.Event[T], buf []byte) ([]byte, error) {
		for _, part := range parts {
			start := len(buf) + 4
			extended, err := part(e, append(buf, 0, 0, 0, 0))
			if err != nil {
				return buf, err
			}
			buf = extended
			binary.BigEndian.PutUint32(buf[start-4:], uint32(len(buf)-start))
		}
		return buf, nil
	}
}
