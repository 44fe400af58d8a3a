package runtime

import (
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// Alone is the program of sub for an event that is looked at by itself. Of an ordered merger it knows what one event tells: that it
// is a heartbeat, is too far ahead of its time, or has nothing to be ordered by. That it is late it cannot know.
func Alone(sub *topology.Sub) *stage.Program[stage.Row] {
	if sub.Ordering == nil {
		return sub.Program
	}
	return merged(sub, &alone{unheld(sub)})
}

type alone struct{ *ordered }

// Route sends the event where an ordered merger sends one that is not late.
func (a *alone) Route(e *stage.Event[stage.Row]) (stage.Ports, error) {
	_, a.verdict = a.look(e)
	return a.ordered.Route(e)
}
