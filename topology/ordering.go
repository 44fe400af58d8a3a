package topology

import (
	"slices"
	"time"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
)

// Ordering is how an ordered merger puts its inputs in order. It is the first operator of its sub-topology, and reads all of
// its inputs.
type Ordering struct {
	Node int // the operator among Sub.Operators
	// Rank is what a record is ordered by; nil: its timestamp, in milliseconds.
	Rank func(*stage.Event[stage.Row]) (merger.Rank, error)
	// Heartbeat tells of a record that it only says how far its input has come; nil: of none.
	Heartbeat func(*stage.Event[stage.Row]) (bool, error)
	// MaxAhead is how far what a record is ordered by may be ahead of its timestamp; 0: it is no other time.
	MaxAhead time.Duration
	// IdleAfter is how long an input must have been read to its end before it is no longer waited for; 0: for ever.
	IdleAfter time.Duration
	// Flag tells to pass late records on by the merger's first port with the header LateHeader. Otherwise they leave by the
	// second port.
	Flag bool
	// Sequence tells to number what leaves by the first port, in the header SequenceHeader.
	Sequence bool
}

// Ahead tells whether the rank of a record is too far ahead of its timestamp.
func (o *Ordering) Ahead(rank merger.Rank, at time.Time) bool {
	return o.MaxAhead > 0 && rank.N-o.MaxAhead.Microseconds() > at.UnixMicro()
}

// The headers that an ordered merger adds where the file asks for it.
const (
	LateHeader     = "anabranch.late"     // true
	SequenceHeader = "anabranch.sequence" // a decimal number from 0, without gaps in one partition
)

// Control is the compacted topic in which a pipeline keeps what is known of itself: what its sub-topologies have run, and what its
// ordered mergers have decided.
func (p *Pipeline) Control() string { return p.Name + "-control" }

// Decides tells whether the pipeline decides what it must remember in the control topic.
func (p *Pipeline) Decides() bool {
	return slices.ContainsFunc(p.Subs, func(s *Sub) bool { return s.Ordering != nil })
}
