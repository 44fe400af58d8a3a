package feed

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzLines: however a text arrives, its lines are those that stand in it, trimmed and without the blank ones.
func FuzzLines(f *testing.F) {
	f.Add("\ufeffa\r\n\n b\n\tc")
	f.Add("\n\n")
	f.Add("{\"a\": 1}\x00\n\xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		var want []string
		for i, line := range strings.Split(text, "\n") {
			if i == 0 {
				line = strings.TrimPrefix(line, "\ufeff")
			}
			if line = strings.TrimSpace(line); line != "" {
				want = append(want, line)
			}
		}
		for _, in := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			var got []string
			l := newLines(in)
			for {
				line, err := l.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(line))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q: got %q, want %q", text, got, want)
			}
		}
	})
}
