package topology

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// TestReplacements applies each replacement that is offered for a wrong file: that problem is gone, and no other takes its place.
func TestReplacements(t *testing.T) {
	files, _ := filepath.Glob("testdata/wrong/*.yaml")
	applied := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var before diagnostic.Problems
		if _, err := Parse(file, text, testOptions()); !errors.As(err, &before) {
			continue
		}
		for i := range before {
			p := &before[i]
			replacement, ok := p.Replacement()
			if !ok {
				continue
			}
			applied++
			lines := strings.Split(string(text), "\n")
			line := []rune(strings.TrimPrefix(lines[p.Line-1], "\ufeff"))
			lines[p.Line-1] = string(line[:p.Column-1]) + replacement + string(line[p.Column-1+p.Width:])
			var after diagnostic.Problems
			_, err := Parse(file, []byte(strings.Join(lines, "\n")), testOptions())
			errors.As(err, &after)
			if slices.ContainsFunc(after, func(q diagnostic.Problem) bool { return q.Line == p.Line && q.Column == p.Column && q.Code == p.Code }) {
				t.Errorf("%s\nis not gone with %q", p.Error(), replacement)
			}
		}
	}
	if applied < 20 {
		t.Errorf("only %d replacements are offered", applied)
	}
	t.Logf("%d replacements", applied)
}
