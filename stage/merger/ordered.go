package merger

import (
	"fmt"
	"math"
)

// Rank is what records are ordered by: a number, such as a time in any unit, or a text. Texts have N = 0. The unit
// and the kind are the caller's, the same in all lanes.
type Rank struct {
	N     int64
	S     string
	After uint64 // 0 for a record; a bound may lie behind all records of a rank, and another one behind it
}

// Less tells whether r comes before other: by number, then by the bytes of the text, then by After.
func (r Rank) Less(other Rank) bool {
	if r.N != other.N {
		return r.N < other.N
	}
	if len(r.S)+len(other.S) > 0 && r.S != other.S {
		return r.S < other.S
	}
	return r.After < other.After
}

// Beyond is the least bound greater than r.
func (r Rank) Beyond() Rank {
	r.After++
	return r
}

// TextBytesMax is how long a text may be that records are ordered by: runtimes remember two of them beside each position.
const TextBytesMax = 120

func greater(a, b Rank) Rank {
	if a.Less(b) {
		return b
	}
	return a
}

// Ordered decides the order in which the records of several lanes go out. A lane is one partition of one input; number
// them by the input's position, and then by partition. It holds no records and knows no clock: it is a step machine
// whose decisions depend only on what each lane was given, never on how the lanes interleave.
//
// The effective rank of a record is the greatest rank in its lane up to it, so that a lane is never reordered. Records go
// out in the order of (effective rank, lane, offset). The least waiting head goes out as soon as nothing that can
// still come on another lane is less: because there waits a head, or had been one, or a bound says so, or it has ended.
//
// A record without a right place in the order, since it is late or was set aside, goes out at where its lane stands: after
// what went before it in its lane and not after what follows. So its place, too, is the same on every replay.
type Ordered struct {
	lanes []contender
	// winners is a tournament: winners[i] is the lesser lane of winners[2i] and winners[2i+1]; the leaves, from
	// len/2 on, are the lanes.
	winners []int32
}

// Progress is what must be remembered of a lane to go on after a restart, beside the offset of its first record that
// has not gone out. The zero value is not a beginning: that is Beginning.
type Progress struct {
	Latest Rank // the greatest rank of a record
	Bound  Rank // no record below it is to come
	Ended  bool // no record is to come at all
}

// Beginning is the Progress of a lane that nothing is known of.
var Beginning = Progress{Latest: Rank{N: math.MinInt64}, Bound: Rank{N: math.MinInt64}}

// contender is a lane in the tournament.
type contender struct {
	Progress
	stands  Rank // the greater of Latest and Bound: the least effective rank that its head has, or that can come next
	waiting bool // a head waits
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
		o.lanes[i] = contender{Progress: progress, stands: greater(progress.Latest, progress.Bound)}
		o.winners[leaves+i] = int32(i)
	}
	for i := leaves - 1; i > 0; i-- {
		o.winners[i] = o.lesser(o.winners[2*i], o.winners[2*i+1])
	}
	return o
}

const none = -1

// Push gives a lane its next head, a record of this rank. It is late where its effective rank is below the lane's bound.
// It panics where the lane has a head, since what follows in a lane is told when its head has gone out, or has ended.
func (o *Ordered) Push(lane int, rank Rank) (late bool) {
	l := o.open(lane)
	l.waiting = true
	if l.Latest.Less(rank) {
		l.Latest = rank
	}
	late = l.Latest.Less(l.Bound)
	if !late {
		l.stands = l.Latest
	}
	o.replay(lane)
	return late
}

// Aside gives a lane its next head, a record that has no rank of its own and changes nothing for those behind it. It
// panics as Push does.
func (o *Ordered) Aside(lane int) {
	o.open(lane).waiting = true
	o.replay(lane)
}

// Bound says that whatever comes next on the lane is late if it is below rank. A lower bound than before changes nothing.
// It panics where the lane has a head or has ended.
func (o *Ordered) Bound(lane int, rank Rank) {
	l := o.open(lane)
	l.Bound = greater(l.Bound, rank)
	l.stands = greater(l.stands, rank)
	o.replay(lane)
}

// End says that nothing comes on the lane any more. It panics where the lane has a head or has ended.
func (o *Ordered) End(lane int) {
	o.open(lane).Ended = true
	o.replay(lane)
}

func (o *Ordered) open(lane int) *contender {
	l := &o.lanes[lane]
	if l.waiting || l.Ended {
		panic(fmt.Sprintf("merger: lane %d has ended, or has a head that has not gone out", lane))
	}
	return l
}

// Next takes the head that goes out next and gives its lane; false where none may go out yet. Standing gives its effective
// rank.
func (o *Ordered) Next() (lane int, ok bool) {
	if lane = o.first(); lane == none || !o.lanes[lane].waiting {
		return 0, false
	}
	o.lanes[lane].waiting = false
	o.replay(lane)
	return lane, true
}

// Standing is the effective rank of the lane's head, or of the one that has just gone out; what follows is not less.
func (o *Ordered) Standing(lane int) Rank { return o.lanes[lane].stands }

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
	left, right := &o.lanes[a], &o.lanes[b]
	if left.over() != right.over() {
		if left.over() {
			return b
		}
		return a
	}
	if right.stands.Less(left.stands) {
		return b
	}
	return a
}

// over tells whether nothing is left of a lane.
func (l *contender) over() bool { return l.Ended && !l.waiting }
