// Package merger makes one stream of several: in any order (Of), or in one order that is the same on every replay. The
// latter, Ordered, is driven by a runtime: it is told what each input has, and says what goes out next.
//
// Laws: each input is a subsequence of the output. Ordered: the output is sorted, and the same however the arrival of the
// inputs interleaves.
package merger

import "github.com/anabranch-go/anabranch/stage"

// Merger is a stage.Router that all inputs lead to and that passes every event on by port 0. It never fails.
// The zero value is ready.
type Merger[T any] struct{}

// Of makes a merger without an order.
func Of[T any]() Merger[T] { return Merger[T]{} }

// Route chooses port 0.
func (Merger[T]) Route(*stage.Event[T]) (stage.Ports, error) { return stage.Port(0), nil }
