package expression

import "errors"

// ErrNull is the reason where something is null that must not be.
var ErrNull = errors.New("is null")

// Fault is why an event could not be evaluated. Faults are made when the expression is compiled, one for each place
// where it can fail, so that an event which is rejected costs no more than another.
type Fault struct {
	What   string // for example: division by zero
	Source string // the part of the expression
	Offset int    // of the part, in bytes of the whole expression
	err    error  // what it wraps
}

// Error gives the reason and the part of the expression.
func (f *Fault) Error() string {
	if errors.Is(f.err, ErrNull) {
		return f.Source + " is null"
	}
	return f.What + " in " + f.Source
}

// Unwrap gives ErrNull where a null is the reason.
func (f *Fault) Unwrap() error { return f.err }
