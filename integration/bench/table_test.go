package main

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTable(t *testing.T) {
	rounds := map[string][]measure{}
	for i := range 9 {
		v := float64(i + 1)
		rounds["loop"] = append(rounds["loop"], measure{700_000 + 1000*v, 1.5, math.NaN(), 200, 1})
		rounds["anabranch"] = append(rounds["anabranch"], measure{2 * (700_000 + 1000*v), 1.5 * v / 5, math.NaN(), 100, 0.5})
	}
	var b strings.Builder
	if err := print(&b, drainColumns, []string{"loop", "anabranch"}, rounds); err != nil {
		t.Fatal(err)
	}
	const want = `contender         events/s   CPU s/M    broker CPU s/M  peak MiB   first output s
loop              705000     1.50       –               200        1.00
anabranch         1410000    1.50       –               100        0.50
anabranch / loop  2.00       1.00       –               0.50       0.50
  95 % interval   2.00–2.00  0.40–1.60  –               0.50–0.50  0.50–0.50
`
	if b.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTableFitsTheScreen(t *testing.T) {
	m := measure{1_234_567, 1234.56, 1234.56, 10_000, 1234.56, 10_000}
	for _, columns := range [][]column{drainColumns, latencyColumns} {
		var b strings.Builder
		rounds := map[string][]measure{byHand: {m, m, m, m, m, m}, anabranch: {m, m, m, m, m, m}}
		if err := print(&b, columns, []string{byHand, anabranch}, rounds); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > 100 {
				t.Errorf("a line has %d columns: %s", n, line)
			}
		}
	}
}
