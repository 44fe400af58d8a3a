package stage

import (
	"fmt"
	"time"
)

// Event is one record on its way through operators: what Kafka says of it, and its decoded value.
type Event[T any] struct {
	Meta
	Value T
}

// Meta is what every record has, whatever its value: a transport fills it for any T.
// Key and header values are views into the transport's memory; they die with the call that was given the event.
type Meta struct {
	Key     []byte // nil where the record has no key
	Time    time.Time
	Headers []Header
	Origin  Origin
}

// Header is one Kafka record header.
type Header struct {
	Key   string
	Value []byte
}

// Header gives the value of the last header called name, and whether there is one.
func (m *Meta) Header(name string) ([]byte, bool) {
	for i := len(m.Headers) - 1; i >= 0; i-- {
		if m.Headers[i].Key == name {
			return m.Headers[i].Value, true
		}
	}
	return nil, false
}

// Origin names the source record that an event descends from. It is the event's identity and idempotency key.
type Origin struct {
	Topic     string
	Partition int32
	Offset    int64
}

// String gives topic:partition:offset.
func (o Origin) String() string { return fmt.Sprintf("%s:%d:%d", o.Topic, o.Partition, o.Offset) }
