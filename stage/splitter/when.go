package splitter

import (
	"errors"
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
)

// Condition leads the events of which If is true to Port. An error of If rejects the event.
type Condition[T any] struct {
	If   func(*stage.Event[T]) (bool, error)
	Port int
}

// Chooser is a stage.Router that chooses the port of the first condition that is true.
type Chooser[T any] struct {
	conditions []Condition[T]
	otherwise  int
}

// When makes a splitter by conditions: an event leaves by the port of the first that is true, else by port otherwise, or
// is rejected where otherwise is Reject. Conditions behind the first true one are not asked. They must be safe for
// concurrent use.
func When[T any](conditions []Condition[T], otherwise int) (*Chooser[T], error) {
	if len(conditions) == 0 {
		return nil, errors.New("a splitter by conditions needs at least one")
	}
	for i, c := range conditions {
		if c.If == nil {
			return nil, fmt.Errorf("condition %d has no function", i+1)
		}
		if err := checkPort(c.Port, fmt.Sprintf("condition %d", i+1)); err != nil {
			return nil, err
		}
	}
	if err := checkOtherwise(otherwise); err != nil {
		return nil, err
	}
	return &Chooser[T]{append([]Condition[T](nil), conditions...), otherwise}, nil
}

// Route chooses the port of the first true condition.
func (c *Chooser[T]) Route(e *stage.Event[T]) (stage.Ports, error) {
	for i := range c.conditions {
		ok, err := c.conditions[i].If(e)
		if err != nil {
			return 0, err
		}
		if ok {
			return stage.Port(c.conditions[i].Port), nil
		}
	}
	if c.otherwise == Reject {
		return 0, fmt.Errorf("none of the %d conditions is true, and no otherwise", len(c.conditions))
	}
	return stage.Port(c.otherwise), nil
}
