package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/cmd/anabranch/demo"
	"github.com/anabranch-go/anabranch/integration/history"
)

func TestVerdictThatFailsIsToldAndExitsSo(t *testing.T) {
	for _, c := range []struct {
		name   string
		output history.Report
		code   int
		says   string
	}{
		{"holds", history.Report{Topic: "a", Wanted: 1, Records: 1}, 0, "\nExactly once:"},
		{"lost", history.Report{Topic: "a", Wanted: 1, Lost: 1, Examples: []string{"event 7 is not in a"}}, exitInternal, "NOT exactly once:\n  event 7 is not in a"},
		{"doubled", history.Report{Topic: "a", Wanted: 1, Records: 2, Duplicated: 1}, exitInternal, "NOT exactly once"},
	} {
		r := &demo.Result{Proof: demo.Proof{Events: 1, Outputs: []history.Report{c.output}}}
		if got := exitCode(verdictOf(r)); got != c.code {
			t.Errorf("%s: exits with %d, want %d", c.name, got, c.code)
		}
		var out bytes.Buffer
		printDemo(&out, r)
		if !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: printed %s; want %q", c.name, &out, c.says)
		}
		if v := newDemoVerdict(r); v.ExactlyOnce != (c.code == 0) {
			t.Errorf("%s: exactly_once is %v", c.name, v.ExactlyOnce)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
