// Package filter lets an event pass or drops it.
//
// Laws: the port, what is dropped and what is rejected partition the input, in order.
package filter

import "github.com/anabranch-go/anabranch/stage"

// Pass is the port of the events that pass. The others leave by no port.
const Pass = 0

// Filter is a stage.Router with one port, Pass, for the events of which it is true.
type Filter[T any] func(*stage.Event[T]) bool

// Of makes a filter of a condition that cannot fail. It must be safe for concurrent use.
func Of[T any](keep func(*stage.Event[T]) bool) Filter[T] { return keep }

// Route chooses Pass, or no port.
func (f Filter[T]) Route(e *stage.Event[T]) (stage.Ports, error) {
	if f(e) {
		return stage.Port(Pass), nil
	}
	return 0, nil
}

// Fallible is a Filter whose condition can fail.
type Fallible[T any] func(*stage.Event[T]) (bool, error)

// Try makes a filter of a condition that can fail; its error rejects the event. It must be safe for concurrent use.
func Try[T any](keep func(*stage.Event[T]) (bool, error)) Fallible[T] { return keep }

// Route chooses Pass, or no port, or gives the condition's error.
func (f Fallible[T]) Route(e *stage.Event[T]) (stage.Ports, error) {
	keep, err := f(e)
	if err != nil || !keep {
		return 0, err
	}
	return stage.Port(Pass), nil
}
