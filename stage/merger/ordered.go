package merger

import (
	"fmt"
	"math"
)

// Ordered decides the order in which the records of several lanes go out. A lane is one partition of one input; number
// them by the input's position, and then by partition. It holds no records and knows no clock: it is a step machine
// whose decisions depend only on what each lane was given, never on how the lanes interleave.
//
// The effective time of a record is the greatest time in its lane up to it, so that a lane is never reordered. Records go
// out in the order of (effective time, lane, offset). The least waiting head goes out as soon as nothing that can
// still come on another lane is less: because there waits a head, or had been one, or a bound says so, or it has ended.
//
// Times may be in any unit.
type Ordered struct {
	lanes []contender
	// winners is a tournament: winners[i] is the lesser lane of winners[2i] and winners[2i+1]; the leaves, from
	// len/2 on, are the lanes.
	winners []int32
}

// Progress is what must be remembered of a lane to go on after a restart, beside the offset of its first record that
// has not gone out. The zero value is not a beginning: that is Beginning.
type Progress struct {
	Latest int64 // the greatest time of a record
	Bound  int64 // no record below it is to come
	Ended  bool  // no record is to come at all
}

// Beginning is the Progress of a lane that nothing is known of.
var Beginning = Progress{Latest: math.MinInt64, Bound: math.MinInt64}

// contender is a lane in the tournament.
type contender struct {
	Progress
	waiting bool // a head waits; its effective time is Latest
}

// NewOrdered makes a machine whose lanes go on from where they were.
func NewOrdered(lanes []Progress) *Ordered {
	leaves := 1
	for leaves < len(lanes) {
		leaves *= 2
	}
	o := &Ordered{lanes: make([]contender, len(lanes)), winners: make([]int32, 2*leaves)}
	for i := range o.winners {
		o.winners[i] = none
	}
	for i, progress := range lanes {
		o.lanes[i].Progress = progress
		o.winners[leaves+i] = int32(i)
	}
	for i := leaves - 1; i > 0; i-- {
		o.winners[i] = o.lesser(o.winners[2*i], o.winners[2*i+1])
	}
	return o
}

const none = -1

// Push gives a lane its next head, a record of this time. A late one, whose effective time is below the lane's bound
// or that comes after its end, does not become the head and will never go out.
// It panics where the lane has a head: what follows in a lane is told when its head has gone out.
func (o *Ordered) Push(lane int, time int64) (late bool) {
	l := o.open(lane)
	effective := max(l.Latest, time)
	if l.Ended || effective < l.Bound {
		return true
	}
	l.Latest, l.waiting = effective, true
	o.replay(lane)
	return false
}

// Bound says that whatever comes next on the lane is late if it is below time. A lower bound than before changes nothing.
// It panics where the lane has a head.
func (o *Ordered) Bound(lane int, time int64) {
	l := o.open(lane)
	l.Bound = max(l.Bound, time)
	o.replay(lane)
}

// End says that nothing comes on the lane any more. It panics where the lane has a head.
func (o *Ordered) End(lane int) {
	o.open(lane).Ended = true
	o.replay(lane)
}

func (o *Ordered) open(lane int) *contender {
	l := &o.lanes[lane]
	if l.waiting {
		panic(fmt.Sprintf("merger: lane %d has a head that has not gone out", lane))
	}
	return l
}

// Next takes the head that goes out next and gives its lane and effective time; false where none may go out yet.
func (o *Ordered) Next() (lane int, effective int64, ok bool) {
	if lane = o.first(); lane == none || !o.lanes[lane].waiting {
		return 0, 0, false
	}
	l := &o.lanes[lane]
	l.waiting = false
	o.replay(lane)
	return lane, l.Latest, true
}

// Blocking gives the lane that must be given a head, a bound or its end before anything can go out; false where a head
// can go out, or all lanes have ended.
func (o *Ordered) Blocking() (lane int, ok bool) {
	lane = o.first()
	if lane == none || o.lanes[lane].waiting || o.lanes[lane].Ended {
		return 0, false
	}
	return lane, true
}

// Progress gives what must be remembered of a lane. A head that waits must be pushed again after a restart.
func (o *Ordered) Progress(lane int) Progress { return o.lanes[lane].Progress }

func (o *Ordered) first() int { return int(o.winners[1]) }

// replay plays the games of one lane again, since its standing has changed.
func (o *Ordered) replay(lane int) {
	for i := (len(o.winners)/2 + lane) / 2; i > 0; i /= 2 {
		o.winners[i] = o.lesser(o.winners[2*i], o.winners[2*i+1])
	}
}

// lesser gives the lane whose head, or whatever can come on it, is less. a is left of b in the tree, and so less
// where all else is equal.
func (o *Ordered) lesser(a, b int32) int32 {
	if a == none || b == none {
		return max(a, b)
	}
	timeA, endedA := o.lanes[a].standing()
	timeB, endedB := o.lanes[b].standing()
	if endedA != endedB {
		if endedA {
			return b
		}
		return a
	}
	if timeB < timeA {
		return b
	}
	return a
}

// standing is the least effective time that can come next on the lane, unless it has ended.
func (l *contender) standing() (time int64, ended bool) {
	if l.waiting {
		return l.Latest, false
	}
	return max(l.Latest, l.Bound), l.Ended
}
