package testdriver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// Driver runs tests of one pipeline. It is used by one goroutine.
type Driver struct {
	pipeline *topology.Pipeline
	layout   topics.Layout
	tracer   *trace.Tracer
	forms    map[string]*form
	coverage *Coverage
}

// New makes a Driver for p, which was loaded with client.Partition as its partitioner.
func New(p *topology.Pipeline) *Driver {
	d := &Driver{pipeline: p, layout: topics.Declared(p, topology.PartitionsOfTests), forms: map[string]*form{}, coverage: newCoverage(p)}
	d.tracer = trace.New(p, d.layout)
	return d
}

// Coverage is which ways out of operators were taken by the tests that were run so far.
func (d *Driver) Coverage() *Coverage { return d.coverage }

// SeedsDefault is with how many seeds a test is run.
const SeedsDefault = 20

// Seeds are the first n seeds, from 1.
func Seeds(n int) []uint64 {
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i + 1)
	}
	return all
}

// Result is what came of a test.
type Result struct {
	Test     *topology.Test
	Seeds    int       // it was run with so many
	Held     int       // it held with so many
	Seed     uint64    // the first with which it failed
	Failures []Failure // with Seed; none: the test holds
	Notes    []string  // what is doubtful about the test itself
}

// OK tells whether the test holds with every seed.
func (r *Result) OK() bool { return len(r.Failures) == 0 }

// Run runs a test of the driver's pipeline with each seed.
func (d *Driver) Run(test *topology.Test, seeds []uint64) Result {
	r := Result{Test: test, Seeds: len(seeds)}
	for i, seed := range seeds {
		o := d.play(test.Given, seed)
		if i == 0 {
			visits := d.trace(test, o)
			d.coverage.add(visits)
			r.Notes = d.doubts(test, visits)
		}
		failures := d.judge(test, o, len(r.Failures) > 0)
		switch {
		case len(failures) == 0:
			r.Held++
		case len(r.Failures) == 0:
			r.Seed, r.Failures = seed, failures
		}
	}
	return r
}

// outcome is what came of the given events in one run.
type outcome struct {
	cluster cluster
	given   []*record // as they stand in their topics
	subs    []runtime.SubReport
	stopped error // why the run ended before its end; nil: it did not
}

// timeBase is when the first given event of a test is, where the test does not say; each further one is a second later.
var timeBase = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// play runs the pipeline over the given events until nothing is left to read.
func (d *Driver) play(given []topology.Given, seed uint64) *outcome {
	chance := rand.New(rand.NewPCG(seed, 0))
	o := &outcome{cluster: newCluster(d.layout)}
	turn := chance.Int32()
	for i := range given {
		g := &given[i]
		r := &record{Meta: stage.Meta{Key: g.Key, Time: g.Time, Headers: g.Headers}, value: g.Value, given: i}
		if r.Time.IsZero() {
			r.Time = timeBase.Add(time.Duration(i) * time.Second)
		}
		topic := g.Stream.Topic()
		partitions := int32(len(o.cluster[topic]))
		partition := g.Partition
		switch {
		case partition >= 0:
		case g.Key != nil:
			partition = client.Partition(g.Key, partitions)
		default:
			turn = (turn + 1) % partitions
			partition = turn
		}
		o.cluster.append(topic, partition, r)
		o.given = append(o.given, r)
	}
	d.carry(o, chance)
	return o
}

// carry lets chance choose a sub-topology that has something to do, until none has.
func (d *Driver) carry(o *outcome, chance *rand.Rand) {
	transports := d.open(o.cluster, chance)
	stepper := runtime.NewStepper(d.pipeline, d.layout, func(sub int) transport.Transport { return transports[sub] })
	var ready []int
	for {
		ready = ready[:0]
		for i, t := range transports {
			if t.ready() {
				ready = append(ready, i)
			}
		}
		if len(ready) == 0 {
			break
		}
		sub := ready[chance.IntN(len(ready))]
		t := transports[sub]
		last := len(t.unread()) == 0 // nothing more comes, and what is held must go out
		if o.stopped = stepper.Step(context.Background(), sub); o.stopped != nil {
			break
		}
		if last && len(t.unread()) == 0 && !t.idle() {
			o.stopped = fmt.Errorf("sub-topology %s holds records at the end of its inputs", d.pipeline.Subs[sub].Name)
			break
		}
	}
	for i := range d.pipeline.Subs {
		o.subs = append(o.subs, stepper.Report(i))
	}
}

// open makes the transport of each sub-topology, and tells it which others write what it reads.
func (d *Driver) open(c cluster, chance *rand.Rand) []*memory {
	all := make([]*memory, len(d.pipeline.Subs))
	for i, sub := range d.pipeline.Subs {
		all[i] = newMemory(c, d.pipeline, sub, chance)
	}
	for i, sub := range d.pipeline.Subs {
		for k, other := range d.pipeline.Subs {
			if slices.ContainsFunc(other.Sinks, func(s *topology.Stream) bool { return slices.Contains(sub.Inputs, s) }) {
				all[i].upstream = append(all[i].upstream, all[k])
			}
		}
	}
	return all
}

// stopper is the operator whose rejection ended the run; nil where it ended otherwise.
func (o *outcome) stopper() *topology.Operator {
	rejection := new(runtime.Rejection)
	if errors.As(o.stopped, &rejection) {
		return rejection.Operator
	}
	return nil
}

// unbalanced says which operator took in another number of events than it gave an account of; empty where none did.
func (o *outcome) unbalanced() string {
	for _, sub := range o.subs {
		for _, op := range sub.Operators {
			if op.In != op.Passed+op.Dropped+op.Dead {
				return fmt.Sprintf("operator %s: in %d, passed %d, dropped %d, dead %d", op.Name, op.In, op.Passed, op.Dropped, op.Dead)
			}
		}
	}
	return ""
}
