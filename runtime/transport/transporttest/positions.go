package transporttest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

func numbers(from, to int) (values []string) {
	for n := from; n < to; n++ {
		values = append(values, fmt.Sprint(n))
	}
	return values
}

func wantValues(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%d values came out, want %d:\n got %v\nwant %v", len(got), len(want), got, want)
	}
}

func positionsContinue(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	spec := Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}}
	for from := 0; from < 30; from += 10 {
		c.numbers(in, 0, from, from+10)
		r := c.reader(spec)
		r.readAll(10, func(b transport.Batch) { r.Forward(0, 0, b) })
		r.Close()
	}
	wantValues(t, c.values(out), numbers(0, 30))
	if lag := c.lag(c.prefix+".g", in); lag != 0 {
		t.Errorf("the group lags by %d", lag)
	}
}

func abortRewinds(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	r.readAll(10, func(b transport.Batch) { r.Forward(0, 0, b) })
	c.numbers(in, 0, 10, 20)
	for range 3 {
		seen := 0
		r.until(func() bool { return seen >= 10 }, func(b transport.Batch) {
			seen += b.Len()
			r.Forward(0, 0, b)
			r.Add(0, 0, &stage.Meta{}, []byte("never"))
		})
		if err := r.Abort(context.Background()); err != nil {
			t.Fatal("abort:", err)
		}
	}
	r.readAll(10, func(b transport.Batch) { r.Forward(0, 0, b) })
	wantValues(t, c.values(out), numbers(0, 20))
}

func closeAborts(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	spec := Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}}
	r, seen := c.reader(spec), 0
	r.until(func() bool { return seen >= 10 }, func(b transport.Batch) { seen += b.Len(); r.Forward(0, 0, b) })
	r.Close()
	r = c.reader(spec)
	r.readAll(10, func(b transport.Batch) { r.Forward(0, 0, b) })
	wantValues(t, c.values(out), numbers(0, 10))
}

func uncommittedIsInvisible(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 10)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	seen := 0
	r.until(func() bool { return seen >= 10 }, func(b transport.Batch) { seen += b.Len(); r.Forward(0, 0, b) })
	ends, err := c.admin.ListCommittedOffsets(c.context(), out)
	if end, _ := ends.Lookup(out, 0); err != nil || end.Offset > 0 {
		t.Errorf("records up to %d can be read before the commit (%v)", end.Offset, err)
	}
	if !r.commit() {
		t.Fatal("commit gave false")
	}
	wantValues(t, c.values(out), numbers(0, 10))
}

func markersPassed(t *testing.T, c *cluster) {
	in := c.topic("in", 1)
	c.putTransaction(in, 0, 0, 3, true)
	c.putTransaction(in, 0, 100, 103, false)
	c.putTransaction(in, 0, 3, 6, true)
	c.putTransaction(in, 0, 100, 103, false)
	r, seen := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}}), 0
	for start := time.Now(); c.lag(c.prefix+".g", in) > 0; {
		if time.Since(start) > patience {
			t.Fatalf("the group stands before a marker; %d records came", seen)
		}
		for _, b := range r.poll() {
			seen += b.Len()
		}
		if !r.commit() {
			t.Fatal("commit gave false")
		}
	}
	if seen != 6 {
		t.Errorf("%d records came, want the 6 committed ones", seen)
	}
}
