package eos

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzMetadata: whatever stands beside a position, reading it does not fail; and what this package writes there reads back.
func FuzzMetadata(f *testing.F) {
	f.Add("a", int64(-1), "", "by=a end=12 note=AAEC")
	f.Add("worker-1", int64(7), "\x00\xff note", "end=-5 end=x end=3 note=* note= of=")
	f.Fuzz(func(t *testing.T, instance string, end int64, note, foreign string) {
		if got := endIn(foreign); got < noEnd {
			t.Errorf("%q ends at %d", foreign, got)
		}
		_, _ = NoteIn(foreign), MarkIn(foreign)
		if end < noEnd || strings.ContainsFunc(instance, unicode.IsSpace) {
			return // Config.check refuses it
		}
		mark := strings.Repeat("AQ", len(note)%3)
		text := metadata(instance, mark, end, note, foreign)
		if got := MarkIn(text); got != mark {
			t.Errorf("%q has the mark %q, want %q", text, got, mark)
		}
		if got := endIn(text); got != end {
			t.Errorf("%q ends at %d, want %d", text, got, end)
		}
		if got := NoteIn(text); got != note {
			t.Errorf("%q holds the note %q, want %q", text, got, note)
		}
	})
}

func TestInstanceCannotSpeakForAPosition(t *testing.T) {
	c := Config{Group: "g", Instance: "a end=0", Inputs: []Input{{Topics: []string{"in"}}}}
	if err := c.check(); err == nil {
		t.Error("white space was taken")
	}
	if c.Instance = "a"; c.check() != nil {
		t.Error(c.check())
	}
}
