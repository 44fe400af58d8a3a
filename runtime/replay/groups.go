package replay

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/stage"
)

// Fate is what became of a dead letter, or what would become of it.
type Fate uint8

// The fates of the letters that a filter chose.
const (
	Waiting  Fate = iota // nobody asked
	Passed               // it enters, and no operator rejects it
	Failed               // it enters, and is rejected again: a new dead letter
	Left                 // it is left alone, for a reason
	Replayed             // it was replayed before
)

// Counts are numbers of letters by fate.
type Counts struct{ Waiting, Passed, Failed, Left, Replayed int }

// Letters is how many letters there are in all.
func (c Counts) Letters() int { return c.Waiting + c.Passed + c.Failed + c.Left + c.Replayed }

// Group is the letters of one operator and code.
type Group struct {
	Operator, Code string
	Counts
	First, Last time.Time // of the events themselves
	// Example is the origin of the last letter, Place where it stands; Reason and Expression are its too.
	Example, Place     stage.Origin
	Reason, Expression string
	Revisions          []string       // of the pipeline files that the letters are from, the first few
	Why                map[string]int // reasons of the letters that are left alone, by number of letters
}

// Limits of what is remembered about letters, whatever they say.
const (
	groupsMax    = 1000 // groups; the letters of further ones are counted in one without a name
	revisionsMax = 5
	whysMax      = 10
)

// Groups counts letters. Its zero value is empty. Its memory does not grow with the letters.
type Groups struct{ by map[[2]string]*Group }

// Add counts one letter; why is the reason of one that is left alone.
func (g *Groups) Add(l *deadletter.Letter, fate Fate, why string) {
	key := [2]string{l.Operator, string(l.Code)}
	if g.by == nil {
		g.by = map[[2]string]*Group{}
	}
	if g.by[key] == nil {
		if len(g.by) >= groupsMax {
			key = [2]string{}
		}
		if g.by[key] == nil {
			g.by[key] = &Group{Operator: key[0], Code: key[1], First: l.Event.Time, Last: l.Event.Time, Why: map[string]int{}}
		}
	}
	g.by[key].add(l, fate, why)
}

func (g *Group) add(l *deadletter.Letter, fate Fate, why string) {
	*[]*int{&g.Waiting, &g.Passed, &g.Failed, &g.Left, &g.Replayed}[fate]++
	if l.Event.Time.Before(g.First) {
		g.First = l.Event.Time
	}
	if l.Event.Time.After(g.Last) {
		g.Last = l.Event.Time
	}
	g.Example, g.Place, g.Reason, g.Expression = l.Event.Origin, l.Place, l.Reason, l.Expression
	if len(g.Revisions) < revisionsMax && !slices.Contains(g.Revisions, l.Revision) {
		g.Revisions = append(g.Revisions, l.Revision)
	}
	if fate == Left {
		if g.Why[why] == 0 && len(g.Why) >= whysMax {
			why = "other reasons"
		}
		g.Why[why]++
	}
}

// Sorted gives the groups, those with the most letters first.
func (g *Groups) Sorted() []*Group {
	return slices.SortedFunc(maps.Values(g.by), func(a, b *Group) int {
		return cmp.Or(b.Letters()-a.Letters(), cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Code, b.Code))
	})
}

// Total adds the groups up.
func (g *Groups) Total() (all Counts) {
	for _, one := range g.by {
		all.Waiting += one.Waiting
		all.Passed += one.Passed
		all.Failed += one.Failed
		all.Left += one.Left
		all.Replayed += one.Replayed
	}
	return all
}
