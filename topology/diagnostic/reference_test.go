package diagnostic

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference/errors.md anew")

// TestReference holds docs/reference/errors.md against the texts of this package.
func TestReference(t *testing.T) {
	const path = "../../docs/reference/errors.md"
	got := reference()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is out of step; run: go test ./topology/diagnostic -update", path)
	}
}

// reference is the page of all codes.
func reference() string {
	var b strings.Builder
	b.WriteString("# Error codes\n\n" +
		"Each mistake of a pipeline file has a code. `anabranch explain CODE` prints what stands here. The examples show the part of a\n" +
		"file that matters. Where they do not declare them, there are two streams, `orders` with the schema of an order, and `big`.\n")
	for _, g := range Groups() {
		fmt.Fprintf(&b, "\n## %s: %s\n", g.ID, g.Name)
		for _, c := range g.Codes {
			e := c.Explain()
			fmt.Fprintf(&b, "\n### %s\n\n**%s%s.**\n\n%s\n", c.ID, strings.ToUpper(c.Meaning[:1]), c.Meaning[1:], e.Text)
			if e.Wrong != "" {
				fmt.Fprintf(&b, "\nWrong:\n\n```yaml\n%s\n```\n\nRight:\n\n```yaml\n%s\n```\n", e.Wrong, e.Right)
			}
		}
	}
	return b.String()
}
