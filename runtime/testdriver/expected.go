package testdriver

import (
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/topology"
)

// Pair is one event that a test lists beside one that came.
type Pair struct {
	Line    int    `json:"line,omitempty"`    // of the listed event in the file; 0: none is listed for what came
	Rows    []Row  `json:"rows,omitempty"`    // what the test says of it, beside what came nearest
	Missing bool   `json:"missing,omitempty"` // nothing came that is not somebody else's
	Surplus string `json:"surplus,omitempty"` // what came, where none is listed for it
}

// expected judges what came out of one stream.
func (j *judgement) expected(e *topology.Expected, of string, came []arrival) {
	switch {
	case e.Any:
	case !e.Listed:
		j.counted(e, of, came)
	default:
		matched, left := assign(e.Events, came)
		if !slices.Contains(matched, nobody) && len(left) == 0 {
			j.ordered(e, of, came, matched)
			return
		}
		j.unlike(e, of, came, matched, left)
	}
}

// counted judges a number of events.
func (j *judgement) counted(e *topology.Expected, of string, came []arrival) {
	if len(came) == e.Count {
		return
	}
	concerned := givens(came)
	if len(came) < e.Count {
		concerned = slices.DeleteFunc(j.everyone(), func(g int) bool { return slices.Contains(concerned, g) })
	}
	j.fail(Failure{Of: of, Line: e.Node.Line, What: fmt.Sprintf("expected %s, got %d", count(e.Count, noun(of)), len(came))}, concerned...)
}

func noun(of string) string {
	if of == wordDeadLetter {
		return "dead letter"
	}
	return "event"
}

// nobody stands for an event that has no partner.
const nobody = -1

// assign gives each wanted event one that came and is as it says, as many as can be (augmenting paths, Kuhn 1955), and the others
// that came.
func assign(wanted []topology.Wanted, came []arrival) (matched, left []int) {
	matched, owner := make([]int, len(wanted)), make([]int, len(came))
	for i := range owner {
		owner[i] = nobody
	}
	var tried []bool
	var find func(w int) bool
	find = func(w int) bool {
		for c := range came {
			if tried[c] || !fits(&wanted[w], &came[c]) {
				continue
			}
			tried[c] = true
			if owner[c] == nobody || find(owner[c]) {
				owner[c], matched[w] = w, c
				return true
			}
		}
		return false
	}
	for w := range wanted {
		matched[w], tried = nobody, make([]bool, len(came))
		find(w)
	}
	for c, w := range owner {
		if w == nobody {
			left = append(left, c)
		}
	}
	return matched, left
}

// unlike shows each listed event that has no partner beside the nearest that is left, and what is left over.
func (j *judgement) unlike(e *topology.Expected, of string, came []arrival, matched, left []int) {
	f := Failure{Of: of, Line: e.Node.Line}
	if j.brief {
		j.fail(f)
		return
	}
	var concerned, alone []int
	for i, at := range matched {
		if at == nobody {
			alone = append(alone, i)
		}
	}
	near := nearest(e.Events, came, alone[:min(nearMax, len(alone))], left[:min(nearMax, len(left))])
	for _, i := range alone {
		w := &e.Events[i]
		pair := Pair{Line: w.Node.Line}
		if at, ok := near[i]; ok {
			pair.Rows = rows(w, &came[at])
			concerned = append(concerned, came[at].given)
			left = slices.DeleteFunc(left, func(c int) bool { return c == at })
		} else {
			pair.Rows, pair.Missing = rows(w, nil), true
		}
		if g := j.meant(w); g != nobody {
			concerned = append(concerned, g)
		}
		f.Pairs = append(f.Pairs, pair)
	}
	for _, c := range left {
		f.Pairs = append(f.Pairs, Pair{Surplus: j.arrived(&came[c])})
		concerned = append(concerned, came[c].given)
	}
	f.What = fmt.Sprintf("expected %s, got %d, of which %d right", count(len(e.Events), noun(of)), len(came), len(e.Events)-len(alone))
	if len(came) == 0 {
		f.What = fmt.Sprintf("expected %s, got none", count(len(e.Events), noun(of)))
	}
	j.fail(f, concerned...)
}

// nearMax is for how many listed events, and among how many that came, the nearest is looked for.
const nearMax = 30

// nearest pairs events that nothing came for with what is left, those first that have most in common. Events with nothing in common
// are a pair only where each is the last.
func nearest(wanted []topology.Wanted, came []arrival, alone, left []int) map[int]int {
	pairs, taken := map[int]int{}, map[int]bool{}
	for {
		best, w, c := 0, nobody, nobody
		for _, i := range alone {
			if _, done := pairs[i]; done {
				continue
			}
			for _, k := range left {
				if taken[k] {
					continue
				}
				all := rows(&wanted[i], &came[k])
				common := len(all) - differing(all)
				if common > best || len(alone)-len(pairs) == 1 && len(left)-len(taken) == 1 {
					best, w, c = common, i, k
				}
			}
		}
		if w == nobody {
			return pairs
		}
		pairs[w], taken[c] = c, true
	}
}

// meant is the given event of which a listed one is most likely a copy: it has all the fields that the test names.
func (j *judgement) meant(w *topology.Wanted) int {
	if w.Value == nil || len(w.Value.Fields) == 0 {
		return nobody
	}
	for i, g := range j.test.Given {
		if valueFits(w.Value, j.form(g.Stream).value(g.Value)) {
			return i
		}
	}
	return nobody
}

// arrived is how an event is shown that nobody wanted.
func (j *judgement) arrived(a *arrival) string {
	text := j.shown(a.given)
	if a.letter != nil {
		text = fmt.Sprintf("operator: %s, code: %s, of %s", a.letter.Operator, a.letter.Code, text)
	}
	return text
}

// ordered judges the order of a list whose events have all come: within each partition it must be that of the list.
func (j *judgement) ordered(e *topology.Expected, of string, came []arrival, matched []int) {
	if !e.InOrder || inOrder(e.Events, came) {
		return
	}
	place := map[int]int{} // by arrival: which of its partition it is
	counts := map[int32]int{}
	for c := range came {
		counts[came[c].partition]++
		place[c] = counts[came[c].partition]
	}
	f := Failure{Of: of, Line: e.Node.Line, What: "the events are right, and their order is not"}
	for i, c := range matched {
		f.Pairs = append(f.Pairs, Pair{Line: e.Events[i].Node.Line, Rows: []Row{{
			Field: Inline(e.Events[i].Node), Want: fmt.Sprint(i + 1), Got: fmt.Sprintf("partition %d, number %d", came[c].partition, place[c]),
		}}})
	}
	j.fail(f)
}

// inOrder tells whether the partitions can be read one event at a time so that the events come as they are listed.
func inOrder(wanted []topology.Wanted, came []arrival) bool {
	queues := map[int32][]*arrival{}
	var partitions []int32
	for i := range came {
		p := came[i].partition
		if queues[p] == nil {
			partitions = append(partitions, p)
		}
		queues[p] = append(queues[p], &came[i])
	}
	failed := map[string]bool{} // by how far each partition was read
	at := make([]int, len(partitions))
	var read func(next int) bool
	read = func(next int) bool {
		if next == len(wanted) {
			return true
		}
		state := fmt.Sprint(at)
		if failed[state] {
			return false
		}
		for i, p := range partitions {
			if at[i] < len(queues[p]) && fits(&wanted[next], queues[p][at[i]]) {
				at[i]++
				if read(next + 1) {
					return true
				}
				at[i]--
			}
		}
		failed[state] = true
		return false
	}
	return read(0)
}
