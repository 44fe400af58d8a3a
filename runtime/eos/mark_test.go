package eos

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// marks are the marks beside the positions of the rig's group, by partition.
func (r *rig) marks(c Config) (marks []string) {
	r.t.Helper()
	kept, err := Committed(context.Background(), r.admin, c.Group)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, k := range kept {
		marks = append(marks, k.Mark)
	}
	return marks
}

// A worker with another mark goes on from a position only if it is admitted; what it moves has its own mark from then on.
func TestMarks(t *testing.T) {
	r := newRig(t, brokersOf(t))
	c := r.config()
	c.Mark = "one"
	r.put(r.in, numbers(0, 4)...)
	m := r.open(c)
	r.pass(m, 4)
	m.Close()
	for _, mark := range r.marks(c) {
		if mark != "one" {
			t.Fatalf("marks %q", r.marks(c))
		}
	}
	r.put(r.in, numbers(4, 6)...)
	no, asked := errors.New("drain first"), ""
	c.Mark, c.Admit = "two", func(mark string) error { asked = mark; return no }
	m = r.open(c)
	if err := r.pollUntil(m, func(round transport.Round) bool { return len(round.Batches) > 0 }); !errors.Is(err, no) || asked != "one" {
		t.Fatalf("asked about %q: %v", asked, err)
	}
	m.Close()
	c.Admit = func(string) error { return nil }
	m = r.open(c)
	r.pass(m, 2)
	m.Close()
	if marks := r.marks(c); !strings.Contains(strings.Join(marks, " "), "two") {
		t.Errorf("marks %q", marks)
	}
	r.want(r.out, numbers(0, 6))
}

// Restamp changes the marks of a group at rest, and nothing else.
func TestRestamp(t *testing.T) {
	r := newRig(t, brokersOf(t))
	c := r.config()
	c.Mark = "one"
	r.put(r.in, numbers(0, 3)...)
	m := r.open(c)
	r.pass(m, 3)
	if err := Restamp(t.Context(), r.admin, c.Group, "two"); !errors.Is(err, transport.ErrFenced) {
		t.Errorf("with a member: %v", err)
	}
	m.Close()
	before, err := Committed(t.Context(), r.admin, c.Group)
	if err != nil {
		t.Fatal(err)
	}
	if err := Restamp(t.Context(), r.admin, c.Group, "two"); err != nil {
		t.Fatal(err)
	}
	after, err := Committed(t.Context(), r.admin, c.Group)
	if err != nil || len(after) != len(before) {
		t.Fatalf("%v, %v", after, err)
	}
	for i, kept := range after {
		if kept.Mark != "two" {
			t.Errorf("mark %q", kept.Mark)
		}
		if kept.Mark = before[i].Mark; kept != before[i] {
			t.Errorf("was %+v, is %+v", before[i], kept)
		}
	}
	if err := Restamp(t.Context(), r.admin, "nobody", "two"); err != nil {
		t.Errorf("a group that is not there: %v", err)
	}
}

// Begin commits the start of a group with its mark, and nothing where it has begun.
func TestBegin(t *testing.T) {
	r := newRig(t, brokersOf(t))
	c := r.config()
	for _, mark := range []string{"one", "two"} {
		if err := Begin(t.Context(), c.Client, "apply", Flow{Group: c.Group, Mark: mark, Inputs: c.Inputs}); err != nil {
			t.Fatal(err)
		}
		for _, got := range r.marks(c) {
			if got != "one" {
				t.Errorf("mark %q", got)
			}
		}
	}
}

// What stands beside a position at most: the longest of all fits.
func TestLongestMetadataFits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	text := metadata(long(identityMax), long(markMax), 1<<63-1, long(transport.NoteBytesMax), long(transport.StateBytesMax))
	if len(text) > 4096 {
		t.Errorf("%d bytes; brokers take 4096", len(text))
	}
}
