package transporttest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// noted forwards a batch and notes the position behind it. It wants the note that it finds to be of the position beside
// which it stands, and gives that position.
func (r *reader) noted(b transport.Batch) (position int64) {
	r.c.t.Helper()
	position, note := b.Committed()
	if want := fmt.Sprint("at ", position); note != want && (position != 0 || note != "") {
		r.c.t.Errorf("%s[%d]: beside position %d stands %q, want %q", b.Topic(), b.Partition(), position, note, want)
	}
	r.Forward(0, b.Partition(), b)
	_ = b.Records(func(_ int, m *stage.Meta, _ []byte) error {
		r.Note(b.Topic(), b.Partition(), fmt.Sprint("at ", m.Origin.Offset+1))
		return nil
	})
	return position
}

// notesCommit wants notes to be committed with their positions, or not at all.
func notesCommit(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	spec := Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}}
	r := c.reader(spec)
	round := func(from int) {
		c.numbers(in, 0, from, from+10)
		seen := 0
		r.until(func() bool { return seen >= 10 }, func(b transport.Batch) {
			if at := r.noted(b); at != int64(from) {
				t.Errorf("position %d while nothing behind %d is committed", at, from)
			}
			seen += b.Len()
		})
	}
	for from := 0; from < 30; from += 10 {
		round(from)
		if !r.commit() {
			t.Fatal("commit gave false")
		}
	}
	round(30)
	if err := r.Abort(context.Background()); err != nil {
		t.Fatal("abort:", err)
	}
	r.readAll(10, func(b transport.Batch) {
		if at := r.noted(b); at != 30 {
			t.Errorf("position %d after an abort, want 30", at)
		}
	})
	r.Close()
	r = c.reader(spec)
	round(40)
	r.commit()
}

// notesStay wants a position that moves without a new note to keep the one that it has.
func notesStay(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	long := strings.Repeat("\x00\xff €", transport.NoteBytesMax/7)
	spec := Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}}
	for from := 0; from < 40; from += 10 {
		spec.Instance = fmt.Sprint(from)
		spec.UntilEnd = from == 30 // which begins by committing the ends beside the positions
		c.numbers(in, 0, from, from+10)
		r := c.reader(spec)
		r.readAll(10, func(b transport.Batch) {
			_, note := b.Committed()
			if from == 0 {
				r.Note(in, 0, long)
			} else if note != long {
				t.Errorf("a note of %d bytes became one of %d", len(long), len(note))
			}
			r.Forward(0, 0, b)
		})
		r.Close()
	}
}

// notesMove wants a note to be where its partition is.
func notesMove(t *testing.T, c *cluster) {
	in, out := c.topic("in", 4), c.topic("out", 4)
	group := c.prefix + ".g"
	write := func(from int) {
		for p := range int32(4) {
			c.numbers(in, p, from, from+10)
		}
	}
	open := func(instance string) *reader {
		return c.reader(Spec{Group: "g", Instance: instance, Inputs: [][]string{{in}}, Sinks: []string{out}})
	}
	pass := func(r *reader) {
		for _, b := range r.poll() {
			r.noted(b)
		}
		r.commit()
	}
	first := open("a")
	for from := 0; from < 60; from += 30 {
		write(from)
		for c.lag(group, in) > 0 {
			pass(first)
		}
		second := open("b")
		for len(second.tasks) != 2 || len(first.tasks) != 2 {
			both(func() { pass(first) }, func() { pass(second) })
		}
		write(from + 10)
		for c.lag(group, in) > 0 {
			both(func() { pass(first) }, func() { pass(second) })
		}
		second.Close()
		write(from + 20)
		for c.lag(group, in) > 0 {
			pass(first)
		}
	}
	wantSize(t, c.values(out), 4*60)
}

func wantSize(t *testing.T, values []string, n int) {
	t.Helper()
	if len(values) != n {
		t.Errorf("%d values came out, want %d", len(values), n)
	}
}
