package topology

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// caret marks a place in the texts of mutations.
const caret = "‸"

// placed is a mutation whose places in shopFile are known, in bytes.
type placed struct {
	mutation
	start, end int
	at         int // where the problem is told; -1: within wrong
}

func locate(t *testing.T, m mutation) placed {
	t.Helper()
	p := placed{mutation: m, start: once(t, m.old), at: -1}
	p.end = p.start + len(m.old)
	if m.at != "" {
		before, after, _ := strings.Cut(m.at, caret)
		p.at = once(t, before+after) + len(before)
	}
	return p
}

func once(t *testing.T, part string) int {
	t.Helper()
	if strings.Count(shopFile, part) != 1 {
		t.Fatalf("%q is in the file %d times", part, strings.Count(shopFile, part))
	}
	return strings.Index(shopFile, part)
}

// apart tells whether two mutations can be in one file: neither touches what the other does, and neither is about a line or an
// operator that the other makes unreadable.
func (p placed) apart(q placed) bool {
	region := func(m placed) string {
		switch {
		case m.code == "A0105", m.code == "A0107", m.code == "A0601", m.code == "A0903", strings.HasPrefix(m.wrong, "match:"):
			return "\n"
		case m.wrong == "type: ‸mapper\n":
			return "\n  tiers:"
		}
		return ""
	}
	for _, m := range []placed{p, q} {
		if end := region(m); end != "" && !strings.Contains(shopFile[p.start:q.start], end) {
			return false
		}
	}
	return (p.end <= q.start || q.end <= p.start) && (p.at < q.start || p.at >= q.end) && (q.at < p.start || q.at >= p.end)
}

// spoil applies mutations, which are in the order of the file, and says where each is told: code line:column.
func spoil(mutations ...placed) (string, []string) {
	var b strings.Builder
	at := make([]int, len(mutations))
	done := 0
	copyTo := func(end int) {
		for i, p := range mutations {
			if p.at >= done && p.at < end {
				at[i] = b.Len() + p.at - done
			}
		}
		b.WriteString(shopFile[done:end])
	}
	for i, p := range mutations {
		copyTo(p.start)
		before, after, _ := strings.Cut(p.wrong, caret)
		b.WriteString(before)
		if p.at < 0 {
			at[i] = b.Len()
		}
		b.WriteString(after)
		done = p.end
	}
	copyTo(len(shopFile))
	text := b.String()
	var want []string
	for i, p := range mutations {
		line := text[strings.LastIndex(text[:at[i]], "\n")+1 : at[i]]
		want = append(want, fmt.Sprintf("%s %d:%d", p.code, strings.Count(text[:at[i]], "\n")+1, utf8.RuneCountInString(line)+1))
	}
	return text, want
}

// told parses a text and gives the code and the place of each problem.
func told(t *testing.T, text string, o Options) []string {
	t.Helper()
	p, err := Parse("testdata/right/shop.yaml", []byte(text), o)
	var problems diagnostic.Problems
	if !errors.As(err, &problems) && p != nil {
		problems = p.Warnings
	}
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%s %d:%d", p.Code, p.Line, p.Column))
	}
	return got
}

// TestMutations spoils a right file in each of many places, and then in every two of them: each mistake is told at its place, none
// hides the other, and there are no others.
func TestMutations(t *testing.T) {
	o := testOptions()
	if got := told(t, shopFile, o); len(got) > 0 {
		t.Fatalf("the right file gives %v", got)
	}
	all := make([]placed, len(mutations))
	sound := make([]bool, len(mutations))
	for i, m := range mutations {
		all[i] = locate(t, m)
		text, want := spoil(all[i])
		got := told(t, text, o)
		if sound[i] = fmt.Sprint(got) == fmt.Sprint(want); !sound[i] {
			t.Errorf("%q for %q: got %v, want %v", m.wrong, m.old, got, want)
		}
	}
	pairs, failed := 0, 0
	for i := range all {
		for j := range all {
			if !sound[i] || !sound[j] || all[i].start >= all[j].start || !all[i].apart(all[j]) {
				continue
			}
			if pairs++; testing.Short() && pairs%10 != 0 {
				continue
			}
			text, want := spoil(all[i], all[j])
			if got := told(t, text, o); !same(got, want) {
				if failed++; failed <= 40 {
					t.Errorf("%q and %q: got %v, want %v", all[i].wrong, all[j].wrong, got, want)
				}
			}
		}
	}
	t.Logf("%d mutations, %d pairs, %d wrong", len(all), pairs, failed)
}

// same tells whether got has exactly what want has, in any order.
func same(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for _, w := range want {
		if !contains(got, w) {
			return false
		}
	}
	return true
}
