package topology

import (
	"os"
	"strings"
	"testing"
)

// A line that stands one column beside the others is told once, and hides and makes no other mistake.
func TestOneColumnAstray(t *testing.T) {
	text, err := os.ReadFile("testdata/right/astray.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if line == "tests:" {
			return
		}
		for _, moved := range []string{" " + line, strings.TrimPrefix(line, " ")} {
			if moved == line {
				continue
			}
			lines[i] = moved
			if got := told(t, strings.Join(lines, "\n"), testOptions()); len(got) > 1 || len(got) == 1 && !strings.HasPrefix(got[0], "A0105") {
				t.Errorf("line %d as %q: %v", i+1, moved, got)
			}
			lines[i] = line
		}
	}
}
