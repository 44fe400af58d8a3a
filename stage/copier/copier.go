// Package copier sends every event to all of its outputs.
//
// Law: every port equals the input.
package copier

import (
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
)

// Copier is a stage.Router that chooses all of its ports for every event. It never fails.
type Copier[T any] struct{ all stage.Ports }

// Of makes a copier to n ports, 1 ≤ n ≤ stage.MaxPorts.
func Of[T any](n int) (Copier[T], error) {
	if n < 1 || n > stage.MaxPorts {
		return Copier[T]{}, fmt.Errorf("copier to %d outputs; 1 to %d are possible", n, stage.MaxPorts)
	}
	return Copier[T]{stage.FirstPorts(n)}, nil
}

// Route chooses all ports.
func (c Copier[T]) Route(*stage.Event[T]) (stage.Ports, error) { return c.all, nil }
