package deadletter

import (
	"errors"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// Code is the kind of a rejection, as a stable word for machines.
type Code string

// The codes of dead letters. Words may be added, and never change their meaning.
const (
	Decode     Code = "decode"      // the record is not what the stream's schema says
	Tombstone  Code = "tombstone"   // it has no value, and the operator reads one
	Expression Code = "expression"  // an expression could not be evaluated: overflow, division by zero, a missing key
	NullResult Code = "null"        // what must not be null was, in another place than a sharder's key
	ShardKey   Code = "shard_key"   // the key of a sharder is null
	NoCase     Code = "no_case"     // no case of a splitter takes it
	Panic      Code = "panic"       // an operator's code panicked
	Refused    Code = "refused"     // the broker does not take the record: its size, its time, its bytes
	ByFile     Code = "dead_letter" // the pipeline file sends it here
	Late       Code = "late"        // an ordered merger sends it here, as the file says: it comes too late for the order
	Ahead      Code = "ahead"       // the same, since it is too far ahead of its own time
	Other      Code = "rejected"
)

// Refusal is the reason of an event that the broker does not take.
type Refusal struct {
	Err     error
	Streams []string // that it did not reach
}

func (r *Refusal) Error() string { return "the broker refuses the record: " + r.Err.Error() }

// Unwrap gives the broker's error.
func (r *Refusal) Unwrap() error { return r.Err }

// CodeOf gives the code of err, with which an operator of type operator rejected an event. An error may say its own
// by a method Code() string.
func CodeOf(operator string, err error) Code {
	var (
		own     interface{ Code() string }
		panics  *stage.PanicError
		refused *Refusal
		format  *schemas.FormatError
		fault   *expression.Fault
	)
	switch {
	case errors.As(err, &refused):
		return Refused
	case errors.Is(err, stage.ErrDeadLetter):
		return ByFile
	case errors.As(err, &panics):
		return Panic
	case errors.As(err, &own):
		return Code(own.Code())
	case errors.Is(err, schemas.ErrTombstone):
		return Tombstone
	case errors.As(err, &format), errors.Is(err, schemas.ErrFraming):
		return Decode
	case errors.Is(err, expression.ErrNull) && operator == "sharder":
		return ShardKey
	case errors.Is(err, expression.ErrNull):
		return NullResult
	case errors.As(err, &fault):
		return Expression
	case operator == "splitter": // what else a splitter rejects is what it has no case for
		return NoCase
	}
	return Other
}
