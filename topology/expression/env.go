package expression

import "github.com/anabranch-go/anabranch/schemas"

// Env is what an expression may name.
type Env struct {
	// Stream is the name of the stream that the events come from, for messages.
	Stream string
	// Value is the type of value; nil where the stream has no schema, and then value must not be read.
	Value *schemas.Type
	// Key says how key is read.
	Key KeyFormat

	ready *scope // what Ready made, nil where Check does that itself
}

// Ready is e for many expressions: what Check makes of an environment is made once. The stream's name may be changed, the rest not.
func (e Env) Ready() Env {
	e.ready = newScope(e)
	return e
}

// KeyFormat says how the bytes of a record's key are read by expressions.
type KeyFormat uint8

const (
	// KeyString reads the key as a string, null where the record has none.
	KeyString KeyFormat = iota
	// KeyBytes reads it as bytes, null where the record has none.
	KeyBytes
	// KeyOpaque keeps expressions from reading it.
	KeyOpaque
)

// Want is what an expression is for; it decides which results are allowed.
type Want uint8

const (
	// Bool is a condition.
	Bool Want = iota
	// Key is what AppendKey can turn into bytes: a string, int, long, enum, bytes, fixed or uuid, or a list [a, b] of
	// them. It may be null; a null rejects the event.
	Key
	// Match is an enum, a string or a union; it may be null.
	Match
	// Any is any result; it may be null.
	Any
	// Order is what records can be ordered by: an int, a long, a timestamp or a string. It may be null; a null rejects the event.
	Order
)
