package splitter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/stage"
)

// Matcher is a stage.Router that chooses the port of the case that equals a value.
type Matcher[T any] struct {
	by        func(*stage.Event[T]) (string, error)
	cases     map[string]int
	otherwise int
}

// Match makes a splitter by the value that by gives: an event leaves by the port of the case which equals it, else by
// port otherwise, or is rejected where otherwise is Reject. Several cases may share a port.
// An error of by rejects the event. It must be safe for concurrent use; the string is not kept.
func Match[T any](by func(*stage.Event[T]) (string, error), cases map[string]int, otherwise int) (*Matcher[T], error) {
	if len(cases) == 0 {
		return nil, errors.New("a match needs at least one case")
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		if err := checkPort(cases[name], fmt.Sprintf("case %q", name)); err != nil {
			return nil, err
		}
	}
	if err := checkOtherwise(otherwise); err != nil {
		return nil, err
	}
	return &Matcher[T]{by, maps.Clone(cases), otherwise}, nil
}

// Route chooses the port of the event's case.
func (m *Matcher[T]) Route(e *stage.Event[T]) (stage.Ports, error) {
	value, err := m.by(e)
	if err != nil {
		return 0, err
	}
	port, ok := m.cases[value]
	if !ok {
		if port = m.otherwise; port == Reject {
			return 0, m.unmatched(value)
		}
	}
	return stage.Port(port), nil
}

// shownMax bounds what an error shows of a value, in bytes, and how many cases it lists.
const shownMax = 100

func (m *Matcher[T]) unmatched(value string) error {
	cases := slices.Sorted(maps.Keys(m.cases))
	have := ""
	if len(cases) > shownMax {
		cases, have = cases[:shownMax], ", …"
	}
	have = strings.Join(cases, ", ") + have
	if len(value) > shownMax {
		return fmt.Errorf("no case for a value of %d bytes, %q…; have %s, and no otherwise", len(value), value[:shownMax], have)
	}
	return fmt.Errorf("no case for %q; have %s, and no otherwise", value, have)
}
