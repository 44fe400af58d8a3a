package testdriver

import (
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/topology"
)

// wordDeadLetter is the word of the language for the dead letters.
const wordDeadLetter = "dead_letter"

// Failure is one thing that is not as a test says.
type Failure struct {
	Of     string // a stream, an operator that drops, dead_letter or stops
	What   string
	Remedy string // what could be written in the test; empty where the pipeline may be wrong as well
	Line   int    // of the expectation in the file; 0: the test says nothing of it
	Pairs  []Pair // of listed events
	Paths  []Path // what became of the events concerned, by their number
}

// pathsMax is of how many events a failure shows the path.
const pathsMax = 100

// judgement is one look at an outcome.
type judgement struct {
	*Driver
	test     *topology.Test
	outcome  *outcome
	brief    bool // it only matters whether there are failures
	visits   []visit
	traced   bool
	failures []Failure
}

// judge says what in an outcome is not as the test says. In brief it says no more than that something is not.
func (d *Driver) judge(test *topology.Test, o *outcome, brief bool) []Failure {
	j := &judgement{Driver: d, test: test, outcome: o, brief: brief}
	if j.ended() {
		return j.failures
	}
	for i := range test.Expect.Streams {
		j.expected(&test.Expect.Streams[i], test.Expect.Streams[i].Stream.Name, j.arrivals(test.Expect.Streams[i].Stream))
	}
	j.unmentioned()
	j.dropped()
	j.dead()
	if wrong := o.unbalanced(); wrong != "" {
		j.fail(Failure{Of: "balance", What: "events are not accounted for: " + wrong})
	}
	return j.failures
}

func (j *judgement) fail(f Failure, given ...int) {
	if j.brief {
		given = nil
	}
	slices.Sort(given)
	given = slices.Compact(given)
	for _, g := range given[:min(pathsMax, len(given))] {
		f.Paths = append(f.Paths, j.path(g))
	}
	j.failures = append(j.failures, f)
}

// trail is what the operators have decided in this run.
func (j *judgement) trail() []visit {
	if !j.traced {
		j.visits, j.traced = j.trace(j.test, j.outcome), true
	}
	return j.visits
}

// ended judges how the run ended. Of a run that was stopped nothing more can be said, since what else was done by then is chance.
func (j *judgement) ended() bool {
	want, stopped := j.test.Expect.Stops, j.outcome.stopped
	by := j.outcome.stopper()
	switch {
	case stopped == nil && want == nil:
		return false
	case stopped == nil:
		j.fail(Failure{Of: "stops", What: fmt.Sprintf("expected operator %s to reject an event and so to stop the pipeline; it went to the end", want.Name)}, j.everyone()...)
	case by == nil:
		j.fail(Failure{Of: "stops", What: "the run ended: " + stopped.Error()})
	case by != want && want != nil:
		j.fail(Failure{Of: "stops", What: fmt.Sprintf("expected operator %s to stop the pipeline; %s did", want.Name, by.Name)}, j.rejected(by)...)
	case by != want:
		j.fail(Failure{Of: "stops", What: fmt.Sprintf("operator %s rejects an event, which stops the pipeline: it has no dead letters", by.Name),
			Remedy: fmt.Sprintf("name a topic in `on_error: {dead_letter: …}`, or expect `stops: %s` alone", by.Name)}, j.rejected(by)...)
	}
	return true
}

func (j *judgement) everyone() []int {
	if j.brief {
		return nil
	}
	all := make([]int, len(j.test.Given))
	for i := range all {
		all[i] = i
	}
	return all
}

// among gives the events that an operator has decided about in a way.
func (j *judgement) among(operator *topology.Operator, way func(*visit) bool) []int {
	if j.brief {
		return nil
	}
	var all []int
	visits := j.trail()
	for i := range visits {
		if v := &visits[i]; v.Operator == operator && way(v) {
			all = append(all, v.given)
		}
	}
	return all
}

func (j *judgement) rejected(by *topology.Operator) []int {
	return j.among(by, func(v *visit) bool { return v.Rejected != nil })
}

// arrivals are the events that came out of a stream, partition by partition.
func (j *judgement) arrivals(s *topology.Stream) []arrival {
	var all []arrival
	form := j.form(s)
	if len(s.Topics) > 0 {
		for _, r := range j.outcome.cluster.all(s.Topics...) {
			all = append(all, arrival{key: r.Key, value: form.value(r.value), headers: r.Headers, time: r.Time, partition: r.Origin.Partition, given: r.given})
		}
		return all
	}
	visits := j.trail()
	for i := range visits {
		if v := &visits[i]; v.emits(s) {
			r := j.outcome.given[v.given]
			all = append(all, arrival{key: v.left(s), value: form.value(r.value), headers: r.Headers, time: r.Time, partition: -1, given: v.given})
		}
	}
	return all
}

// unmentioned fails the test for events that leave the pipeline where the test does not look.
func (j *judgement) unmentioned() {
	for _, s := range j.pipeline.Streams {
		named := slices.ContainsFunc(j.test.Expect.Streams, func(e topology.Expected) bool { return e.Stream == s })
		if named || s.Writer == nil || s.Reader != nil {
			continue
		}
		if came := j.arrivals(s); len(came) > 0 {
			j.fail(Failure{Of: s.Name, What: fmt.Sprintf("%s came out, of which the test says nothing", count(len(came), "event")),
				Remedy: fmt.Sprintf("say `%s: %d`, list them, or `%[1]s: any`", s.Name, len(came))}, givens(came)...)
		}
	}
}

func givens(came []arrival) []int {
	var all []int
	for i := range came {
		all = append(all, came[i].given)
	}
	return all
}

// dropped judges how many events each operator dropped.
func (j *judgement) dropped() {
	for _, sub := range j.outcome.subs {
		for _, r := range sub.Operators {
			op := j.operator(r.Name)
			at := slices.IndexFunc(j.test.Expect.Dropped, func(d topology.Dropped) bool { return d.Operator == op })
			events := func() []int { return j.among(op, func(v *visit) bool { return v.Dropped() }) }
			switch {
			case at < 0 && r.Dropped > 0:
				j.fail(Failure{Of: op.Name, What: fmt.Sprintf("%s dropped, of which the test says nothing", count(int(r.Dropped), "event")),
					Remedy: fmt.Sprintf("say `dropped: {%s: %d}`, or `any`", op.Name, r.Dropped)}, events()...)
			case at < 0 || j.test.Expect.Dropped[at].Any:
			case int(r.Dropped) != j.test.Expect.Dropped[at].Count:
				want := &j.test.Expect.Dropped[at]
				concerned := events()
				if int(r.Dropped) < want.Count {
					concerned = j.among(op, func(v *visit) bool { return !v.Dropped() })
				}
				j.fail(Failure{Of: op.Name, Line: want.Node.Line, What: fmt.Sprintf("expected %s to be dropped, got %d", count(want.Count, "event"), r.Dropped)}, concerned...)
			}
		}
	}
}

func (j *judgement) operator(name string) *topology.Operator {
	return j.pipeline.Operators[slices.IndexFunc(j.pipeline.Operators, func(o *topology.Operator) bool { return o.Name == name })]
}

// dead judges the dead letters.
func (j *judgement) dead() {
	var came []arrival
	for _, r := range j.outcome.cluster.all(j.pipeline.OnError.DeadLetter) {
		letter, _ := deadletter.Read(&r.Meta, r.value)
		op := j.operator(letter.Operator)
		came = append(came, arrival{key: letter.Event.Key, value: j.form(op.From[0]).value(letter.Value), headers: letter.Event.Headers,
			time: r.Time, partition: r.Origin.Partition, given: r.given, letter: &letter})
	}
	switch expect := j.test.Expect.Dead; {
	case expect != nil:
		j.expected(expect, "dead_letter", came)
	case len(came) > 0:
		first := came[0].letter
		j.fail(Failure{Of: "dead_letter", What: fmt.Sprintf("%s, of which the test says nothing", count(len(came), "dead letter")),
			Remedy: fmt.Sprintf("say `dead_letter: %d`, `dead_letter: [{operator: %s, code: %s}]`, or `any`", len(came), first.Operator, first.Code)}, givens(came)...)
	}
}
