package transporttest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

func inputsShareTasks(t *testing.T, c *cluster) {
	a, b, d, out := c.topic("a", 3), c.topic("b", 2), c.topic("d", 3), c.topic("out", 1)
	for p := range int32(2) {
		c.numbers(a, p, 0, 10)
		c.numbers(b, p, 10, 20)
		c.numbers(d, p, 20, 30)
	}
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{a}, {b, d}}, Sinks: []string{out}})
	seen := map[string]int{}
	r.readAll(60, func(batch transport.Batch) {
		if want := map[string]int{a: 0, b: 1, d: 1}[batch.Topic()]; batch.Input() != want {
			t.Errorf("topic %s is input %d, want %d", batch.Topic(), batch.Input(), want)
		}
		seen[batch.Topic()] += batch.Len()
		r.Forward(0, 0, batch)
	})
	if len(r.tasks) != 3 {
		t.Errorf("tasks %v are assigned, want 0 to 2", r.tasks)
	}
	if got := len(c.values(out)); got != 60 {
		t.Errorf("%d values came out, want 60", got)
	}
}

// twoMembers lets a second member join and the first one go, and wants each record once.
func twoMembers(t *testing.T, c *cluster) {
	in, out := c.topic("in", 4), c.topic("out", 4)
	spec := Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}}
	write := func(from, to int) {
		for p := range int32(4) {
			c.numbers(in, p, from, to)
		}
	}
	write(0, 10)
	first := c.reader(spec)
	first.readAll(40, func(b transport.Batch) { first.Forward(0, b.Partition(), b) })
	spec.Instance = "b"
	second := c.reader(spec)
	for len(second.tasks) != 2 || len(first.tasks) != 2 {
		both(first.pass, second.pass)
	}
	for task := range first.tasks {
		if second.tasks[task] {
			t.Errorf("task %d belongs to both", task)
		}
	}
	write(10, 20)
	group := c.prefix + ".g"
	for c.lag(group, in) > 0 {
		both(first.pass, second.pass)
	}
	first.Close()
	write(20, 30)
	for c.lag(group, in) > 0 {
		second.pass()
	}
	if len(second.tasks) != 4 {
		t.Errorf("tasks %v are assigned to the one that stays, want 0 to 3", second.tasks)
	}
	want := numbers(0, 30)
	wantValues(t, c.values(out), slices.Concat(want, want, want, want))
}

// pass forwards one round, partition by partition, and commits it.
func (r *reader) pass() {
	for _, b := range r.poll() {
		r.Forward(0, b.Partition(), b)
	}
	r.commit()
}

func (r *reader) passUntilEnd() {
	r.c.t.Helper()
	for start := time.Now(); !r.ended; r.pass() {
		if time.Since(start) > patience {
			r.c.t.Fatal("the run does not end")
		}
	}
}

func both(f, g func()) {
	var wait sync.WaitGroup
	wait.Go(f)
	wait.Go(g)
	wait.Wait()
}

func runEnds(t *testing.T, c *cluster) {
	in, out := c.topic("in", 3), c.topic("out", 3)
	c.numbers(in, 0, 0, 20)
	c.putTransaction(in, 1, 0, 20, true)
	c.putTransaction(in, 1, 100, 120, false) // a tail that nobody sees
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}, UntilEnd: true})
	c.numbers(in, 0, 20, 30) // after the run began
	r.passUntilEnd()
	wantValues(t, c.values(out), slices.Concat(numbers(0, 20), numbers(0, 20)))
	r.Close()
	r = c.reader(Spec{Group: "g", Instance: "b", Inputs: [][]string{{in}}, Sinks: []string{out}, UntilEnd: true})
	r.passUntilEnd()
	wantValues(t, c.values(out), slices.Concat(numbers(0, 30), numbers(0, 20)))
}

func emptyRunEnds(t *testing.T, c *cluster) {
	in := c.topic("in", 2)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, UntilEnd: true})
	r.until(func() bool { return r.ended }, func(b transport.Batch) { t.Errorf("a batch of %d records", b.Len()) })
}
