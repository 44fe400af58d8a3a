package stagetest

import (
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
)

// Law tells what is wrong with the decision of a router that has n ports on one event; nil where nothing is.
// The event is not to be kept.
type Law[T any] func(n int, e *stage.Event[T], ports stage.Ports, err error) error

// Copies is the law of the copier: every event leaves by every port.
func Copies[T any](n int, _ *stage.Event[T], ports stage.Ports, err error) error {
	if all := stage.FirstPorts(n); err != nil || ports != all {
		return fmt.Errorf("left by %b (%v), want by all ports %b", ports, err, all)
	}
	return nil
}

// Partitions is the law of the splitter: an event leaves by exactly one port or is rejected.
func Partitions[T any](_ int, _ *stage.Event[T], ports stage.Ports, err error) error {
	if err == nil && ports.Len() != 1 {
		return fmt.Errorf("left by the ports %b, want by exactly one", ports)
	}
	return nil
}

// Filters is the law of the filter: an event leaves by one port at most or is rejected.
func Filters[T any](_ int, _ *stage.Event[T], ports stage.Ports, err error) error {
	if err == nil && ports.Len() > 1 {
		return fmt.Errorf("left by the ports %b, want by one at most", ports)
	}
	return nil
}

// Passes is the law of the merger without an order: every event goes on, by port 0.
func Passes[T any](_ int, _ *stage.Event[T], ports stage.Ports, err error) error {
	if err != nil || ports != stage.Port(0) {
		return fmt.Errorf("left by %b (%v), want by port 0", ports, err)
	}
	return nil
}

// Follows is the law of a router that decides by a key alone: events of equal keys have equal ports.
func Follows[T any](key func(*stage.Event[T]) string) Law[T] {
	seen := map[string]stage.Ports{}
	return func(_ int, e *stage.Event[T], ports stage.Ports, err error) error {
		if err != nil {
			return nil
		}
		k := key(e)
		if before, ok := seen[k]; ok && before != ports {
			return fmt.Errorf("left by the ports %b, an earlier event of the same key %q by %b", ports, k, before)
		}
		seen[k] = ports
		return nil
	}
}

// Agrees is the law of a router that a function describes: want gives the ports, or ok = false where the event is rejected.
func Agrees[T any](want func(*stage.Event[T]) (ports stage.Ports, ok bool)) Law[T] {
	return func(_ int, e *stage.Event[T], ports stage.Ports, err error) error {
		w, ok := want(e)
		switch {
		case !ok && err == nil:
			return fmt.Errorf("left by the ports %b, want an error", ports)
		case ok && (err != nil || ports != w):
			return fmt.Errorf("left by the ports %b (%v), want by %b", ports, err, w)
		}
		return nil
	}
}
