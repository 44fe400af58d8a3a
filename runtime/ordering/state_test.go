package ordering

import (
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage/merger"
)

func TestStateFitsBesideAPosition(t *testing.T) {
	long := merger.Rank{N: -1 << 63, S: strings.Repeat("x", merger.TextBytesMax)}
	s := state{progress: merger.Progress{Latest: long, Bound: merger.Rank{N: long.N, S: long.S, After: 1<<64 - 1}}, seq: 1<<64 - 1}
	text := s.text()
	if len(text) > transport.StateBytesMax {
		t.Errorf("the longest state has %d bytes, %d are possible", len(text), transport.StateBytesMax)
	}
	if got, err := readState(text); got != s || err != nil {
		t.Errorf("read %+v (%v), want %+v", got, err, s)
	}
}

func FuzzState(f *testing.F) {
	f.Add("")
	f.Add("\x01\x00\x00\x00\x00\x00\x00\x00")
	f.Add("\x01\x00\xff\xff\xff\xff\x0f")
	s := state{progress: merger.Progress{Latest: merger.Rank{N: 5, S: "a"}, Bound: merger.Rank{S: "b"}.Beyond()}, seq: 7}
	f.Add(s.text())
	f.Fuzz(func(t *testing.T, text string) {
		s, err := readState(text)
		if err != nil {
			return
		}
		if again, err := readState(s.text()); again != s || err != nil {
			t.Errorf("%q is %+v; that written and read again is %+v (%v)", text, s, again, err)
		}
	})
}
