package replay

import (
	"time"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
)

// Filter chooses dead letters. Its zero value chooses all.
type Filter struct {
	Operator string // that rejected the event; empty: any
	Code     string // a deadletter.Code; empty: any
	Since    time.Time
	At       *Position // nil: anywhere
}

// Position is where a dead letter stands in its topic.
type Position struct {
	Partition int32
	Offset    int64
}

// Takes tells whether f chooses l. Since is compared with the event's own time, which its dead letter keeps.
func (f Filter) Takes(l *deadletter.Letter) bool {
	return (f.Operator == "" || f.Operator == l.Operator) &&
		(f.Code == "" || f.Code == string(l.Code)) &&
		!l.Event.Time.Before(f.Since) &&
		(f.At == nil || *f.At == Position{l.Place.Partition, l.Place.Offset})
}
