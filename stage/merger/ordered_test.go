package merger_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/anabranch-go/anabranch/stage/merger"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ExampleOrdered() {
	web := []int64{10, 30, 20} // the last is out of order, and takes the place of the one before it
	mobile := []int64{15, 25}
	lanes := [][]int64{web, mobile}
	merge := merger.NewOrdered([]merger.Progress{merger.Beginning, merger.Beginning})
	for {
		for lane, blocking := merge.Blocking(); blocking; lane, blocking = merge.Blocking() {
			if len(lanes[lane]) == 0 {
				merge.End(lane)
				continue
			}
			merge.Push(lane, merger.Rank{N: lanes[lane][0]})
		}
		lane, ok := merge.Next()
		if !ok {
			return
		}
		fmt.Println([]string{"web", "mobile"}[lane], lanes[lane][0], "as of", merge.Standing(lane).N)
		lanes[lane] = lanes[lane][1:]
	}
	// Output:
	// web 10 as of 10
	// mobile 15 as of 15
	// mobile 25 as of 25
	// web 30 as of 30
	// web 20 as of 30
}

// The picture of docs/ordered-merge.md: partner falls silent, and the others go on without it.
func ExampleOrdered_Bound() {
	names := []string{"web", "mobile", "partner"}
	lanes := [][]int64{{1000, 1003, 1002, 1006}, {1001, 1004, 1005}, {1002}}
	merge := merger.NewOrdered(slices.Repeat([]merger.Progress{merger.Beginning}, len(lanes)))
	run := func() {
		for {
			lane, blocked := merge.Blocking()
			if blocked && len(lanes[lane]) == 0 {
				fmt.Println("waiting for", names[lane])
				return
			}
			if blocked {
				merge.Push(lane, merger.Rank{N: lanes[lane][0]})
				continue
			}
			lane, _ = merge.Next()
			fmt.Println(names[lane], lanes[lane][0])
			lanes[lane] = lanes[lane][1:]
		}
	}
	run()
	merge.Bound(2, merger.Rank{N: 1006})
	run()
	fmt.Println("late:", merge.Push(2, merger.Rank{N: 1004}))
	// Output:
	// web 1000
	// mobile 1001
	// partner 1002
	// waiting for partner
	// web 1003
	// web 1002
	// mobile 1004
	// mobile 1005
	// waiting for mobile
	// late: true
}

// said is one thing that a lane says: a record of this rank, a record without a place in the order, or a bound.
type said struct {
	Rank  merger.Rank
	Aside bool
	Bound bool
}

// gone is a record that went out.
type gone struct {
	Lane, Offset int
	Effective    merger.Rank
	Late         bool
}

func drawLanes(t *rapid.T) [][]said {
	say := rapid.Custom(func(t *rapid.T) said {
		what := rapid.IntRange(0, 6).Draw(t, "what")
		rank := merger.Rank{N: rapid.Int64Range(0, 6).Draw(t, "number"), S: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "text"), After: rapid.Uint64Range(0, 1).Draw(t, "after")}
		return said{Rank: rank, Bound: what == 0, Aside: what == 1}
	})
	return rapid.SliceOfN(rapid.SliceOfN(say, 0, 12), 1, 7).Draw(t, "lanes")
}

func compareRanks(a, b merger.Rank) int {
	return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.S, b.S), cmp.Compare(a.After, b.After))
}

func greater(a, b merger.Rank) merger.Rank { return slices.MaxFunc([]merger.Rank{a, b}, compareRanks) }

// reference sorts the records of all lanes by where each lane stood when it came to them.
func reference(lanes [][]said) (sorted []gone) {
	for lane, says := range lanes {
		latest, bound := merger.Beginning.Latest, merger.Beginning.Bound
		for offset, s := range says {
			if s.Bound {
				bound = greater(bound, s.Rank)
				continue
			}
			if !s.Aside {
				latest = greater(latest, s.Rank)
			}
			sorted = append(sorted, gone{Lane: lane, Offset: offset, Effective: greater(latest, bound), Late: !s.Aside && compareRanks(latest, bound) < 0})
		}
	}
	slices.SortStableFunc(sorted, func(a, b gone) int {
		return cmp.Or(compareRanks(a.Effective, b.Effective), cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Offset, b.Offset))
	})
	return sorted
}

// machine drives an Ordered step by step over lanes.
type machine struct {
	lanes   [][]said
	merge   *merger.Ordered
	at      []int // by lane: what it says next, or the waiting head
	waiting []bool
	late    []bool // the waiting head
	ended   []bool
	out     []gone
}

func newMachine(lanes [][]said) *machine {
	m := &machine{lanes: lanes, at: make([]int, len(lanes)), waiting: make([]bool, len(lanes)), late: make([]bool, len(lanes)), ended: make([]bool, len(lanes))}
	m.merge = merger.NewOrdered(slices.Repeat([]merger.Progress{merger.Beginning}, len(lanes)))
	return m
}

// say lets a lane say its next thing, and tells whether it could.
func (m *machine) say(lane int) bool {
	switch at := m.at[lane]; {
	case m.waiting[lane] || m.ended[lane]:
		return false
	case at == len(m.lanes[lane]):
		m.merge.End(lane)
		m.ended[lane] = true
	case m.lanes[lane][at].Bound:
		m.merge.Bound(lane, m.lanes[lane][at].Rank)
		m.at[lane]++
	case m.lanes[lane][at].Aside:
		m.merge.Aside(lane)
		m.waiting[lane], m.late[lane] = true, false
	default:
		m.late[lane] = m.merge.Push(lane, m.lanes[lane][at].Rank)
		m.waiting[lane] = true
	}
	return true
}

func (m *machine) next() bool {
	lane, ok := m.merge.Next()
	if ok {
		m.out = append(m.out, gone{Lane: lane, Offset: m.at[lane], Effective: m.merge.Standing(lane), Late: m.late[lane]})
		m.waiting[lane] = false
		m.at[lane]++
	}
	return ok
}

// crash starts the machine anew from its progress; heads that waited are read again.
func (m *machine) crash() {
	progress := make([]merger.Progress, len(m.lanes))
	for lane := range progress {
		progress[lane] = m.merge.Progress(lane)
		m.waiting[lane] = false
	}
	m.merge = merger.NewOrdered(progress)
}

// Whatever the interleaving and the crashes, what goes out is the sorted input.
func TestOrderedLikeSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(drawLanes(t))
		for slices.Contains(m.ended, false) {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				m.crash()
			case 1, 2, 3:
				m.next()
			default:
				if lane := rapid.IntRange(0, len(m.lanes)-1).Draw(t, "lane"); !m.say(lane) {
					m.next()
				}
			}
		}
		for m.next() {
		}
		compare(t, m)
	})
}

// A caller that only does what Blocking asks for always comes to the end.
func TestBlockingNamesWhatIsNeeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(drawLanes(t))
		for {
			if lane, ok := m.merge.Blocking(); ok {
				if !m.say(lane) {
					t.Fatalf("lane %d is said to block, and can say nothing", lane)
				}
			} else if !m.next() {
				break
			}
		}
		compare(t, m)
	})
}

func compare(t *rapid.T, m *machine) {
	if diff := gocmp.Diff(reference(m.lanes), m.out); diff != "" {
		t.Fatalf("went out (-want +got):\n%s", diff)
	}
}

// mayGo tells by the definition whether the least head may go out: nothing less can come on a lane without a head.
func (m *machine) mayGo() (lane int, ok bool) {
	for i, waits := range m.waiting {
		if waits && (!ok || compareRanks(m.merge.Standing(i), m.merge.Standing(lane)) < 0) {
			lane, ok = i, true
		}
	}
	for i, waits := range m.waiting {
		if ok && !waits && !m.merge.Progress(i).Ended {
			ok = cmp.Or(compareRanks(m.merge.Standing(i), m.merge.Standing(lane)), cmp.Compare(i, lane)) > 0
		}
	}
	return lane, ok
}

// A head goes out as soon as it may, and not before.
func TestOrderedDoesNotWaitInVain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(drawLanes(t))
		for slices.Contains(m.ended, false) {
			if rapid.IntRange(0, 9).Draw(t, "crash") == 0 {
				m.crash()
			}
			m.say(rapid.IntRange(0, len(m.lanes)-1).Draw(t, "lane"))
			for goes := true; goes; {
				var lane int
				lane, goes = m.mayGo()
				if went := m.next(); went != goes || went && m.out[len(m.out)-1].Lane != lane {
					t.Fatalf("went out: %v of %v; the head of lane %d may go: %v", went, m.out, lane, goes)
				}
			}
		}
	})
}

func TestOrderedRefusesWhatCannotFollow(t *testing.T) {
	for name, do := range map[string]func(*merger.Ordered){
		"push":  func(o *merger.Ordered) { o.Push(0, merger.Rank{N: 2}) },
		"aside": func(o *merger.Ordered) { o.Aside(0) },
		"bound": func(o *merger.Ordered) { o.Bound(0, merger.Rank{N: 2}) },
		"end":   func(o *merger.Ordered) { o.End(0) },
	} {
		for what, close := range map[string]func(*merger.Ordered){
			"that has a head": func(o *merger.Ordered) { o.Push(0, merger.Rank{N: 1}) },
			"that has ended":  func(o *merger.Ordered) { o.End(0) },
		} {
			o := merger.NewOrdered([]merger.Progress{merger.Beginning})
			close(o)
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s on a lane %s did not panic", name, what)
					}
				}()
				do(o)
			}()
		}
	}
}

func TestOrderedEdges(t *testing.T) {
	none := merger.NewOrdered(nil)
	if _, ok := none.Next(); ok {
		t.Error("a machine without lanes gave a record")
	}
	if _, ok := none.Blocking(); ok {
		t.Error("a machine without lanes is blocked")
	}
	o := merger.NewOrdered([]merger.Progress{merger.Beginning, merger.Beginning})
	o.End(0)
	o.Push(1, merger.Rank{N: math.MaxInt64})
	if lane, ok := o.Next(); lane != 1 || !ok {
		t.Errorf("got lane %d (%v), want the record of lane 1, since lane 0 has ended", lane, ok)
	}
}

func TestOrderedAllocatesNothing(t *testing.T) {
	o := merger.NewOrdered(slices.Repeat([]merger.Progress{merger.Beginning}, 64))
	time := int64(0)
	if allocs := testing.AllocsPerRun(100, func() {
		for lane, ok := o.Blocking(); ok; lane, ok = o.Blocking() {
			time++
			o.Push(lane, merger.Rank{N: time})
		}
		o.Next()
	}); allocs != 0 {
		t.Errorf("%v allocations for a record, want none", allocs)
	}
}

func BenchmarkOrdered(b *testing.B) {
	for _, lanes := range []int{3, 64, 1024} {
		b.Run(fmt.Sprint(lanes), func(b *testing.B) {
			o := merger.NewOrdered(slices.Repeat([]merger.Progress{merger.Beginning}, lanes))
			time := int64(0)
			for b.Loop() {
				for lane, ok := o.Blocking(); ok; lane, ok = o.Blocking() {
					time++
					o.Push(lane, merger.Rank{N: time})
				}
				o.Next()
			}
		})
	}
}
