package feed

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

type numberedLine struct {
	number int
	text   string
}

func readAll(t *testing.T, in io.Reader) (all []numberedLine) {
	t.Helper()
	l := newLines(in)
	for {
		line, err := l.next()
		switch {
		case errors.Is(err, io.EOF):
			return all
		case errors.Is(err, errTooLong):
			all = append(all, numberedLine{l.number, "too long"})
		case err != nil:
			t.Fatal(err)
		default:
			all = append(all, numberedLine{l.number, string(line)})
		}
	}
}

func TestLines(t *testing.T) {
	long, longest := strings.Repeat("x", LineBytesMax), strings.Repeat("x", LineBytesMax-1)
	for name, c := range map[string]struct {
		text string
		want []numberedLine
	}{
		"nothing":                {"", nil},
		"blank lines count":      {"\n \n1\n\r\n\n2\n", []numberedLine{{3, "1"}, {6, "2"}}},
		"CRLF":                   {"1\r\n2\r\n", []numberedLine{{1, "1"}, {2, "2"}}},
		"no line break at end":   {"1\n2", []numberedLine{{1, "1"}, {2, "2"}}},
		"byte order mark":        {"\ufeff1\n2\n", []numberedLine{{1, "1"}, {2, "2"}}},
		"longest":                {longest + "\n1\n", []numberedLine{{1, longest}, {2, "1"}}},
		"too long":               {"1\n" + long + "\n2\n", []numberedLine{{1, "1"}, {2, "too long"}, {3, "2"}}},
		"too long at end":        {"1\n" + long + "yy", []numberedLine{{1, "1"}, {2, "too long"}}},
		"twice the limit":        {long + long + "\n2\n", []numberedLine{{1, "too long"}, {2, "2"}}},
		"only blanks at the end": {"1\n  ", []numberedLine{{1, "1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(c.text), iotest.DataErrReader(strings.NewReader(c.text))} {
				got := readAll(t, in)
				if len(got) != len(c.want) {
					t.Fatalf("got %d lines, want %d", len(got), len(c.want))
				}
				for i := range got {
					if got[i] != c.want[i] {
						t.Errorf("line %d: got number %d, %d bytes; want number %d, %d bytes", i, got[i].number, len(got[i].text), c.want[i].number, len(c.want[i].text))
					}
				}
			}
		})
	}
}

func TestLinesThatCannotBeRead(t *testing.T) {
	broken := errors.New("disk on fire")
	l := newLines(io.MultiReader(strings.NewReader("1\n2"), iotest.ErrReader(broken)))
	if line, err := l.next(); err != nil || string(line) != "1" {
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := l.next(); !errors.Is(err, broken) || !strings.Contains(err.Error(), "after line 1") {
		t.Errorf("got %v; want the error of reading, and where", err)
	}
}
