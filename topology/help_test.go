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

// withoutExample are the codes that no few lines show: they need a huge file, or a mistake of ours.
var withoutExample = []string{"A0102", "A0211", "A0801"}

// TestHelpExamples: the wrong example of each code has that mistake and no other, the right one has none and no warning.
func TestHelpExamples(t *testing.T) {
	for _, code := range diagnostic.Codes() {
		help := code.Explain()
		if help.Text == "" {
			t.Errorf("%s has no help: write topology/diagnostic/help/%s.md with a text, a wrong and a right example", code.ID, code.ID)
			continue
		}
		if slices.Contains(withoutExample, code.ID) {
			continue
		}
		if got := codesOf(t, help.Wrong); !slices.Equal(slices.Compact(got), []string{code.ID}) {
			t.Errorf("the wrong example of %s gives %v:\n%s", code.ID, got, help.Wrong)
		}
		if got := codesOf(t, help.Right); len(got) > 0 {
			t.Errorf("the right example of %s gives %v:\n%s", code.ID, got, help.Right)
		}
	}
}

// completed adds what an example leaves out.
func completed(text string) string {
	for _, part := range []struct{ key, text string }{
		{"apiVersion:", "apiVersion: anabranch/v1\nkind: Pipeline\nname: shop\n"},
		{"streams:", "streams:\n  orders: {topic: orders, schema: order.avsc}\n  big: {topic: big}\n"},
		{"operators:", "operators:\n  large: {type: filter, from: orders, where: value.quantity > 1, to: big}\n"},
	} {
		if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool { return strings.HasPrefix(line, part.key) }) {
			text = part.text + text
		}
	}
	return text
}

// codesOf parses an example, completed, and gives the codes of what is wrong with it.
func codesOf(t *testing.T, example string) []string {
	t.Helper()
	text := strings.NewReplacer(`\xe9`, "\xe9", `\x07`, "\x07").Replace(example)
	if !strings.HasPrefix(text, "#") {
		text = completed(text)
	}
	env := map[string]string{"KAFKA_PASSWORD": "hunter2"}
	p, err := Parse("shop.yaml", []byte(text+"\n"), Options{
		Secrets:  true,
		Env:      func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		ReadFile: func(path string) ([]byte, error) { return os.ReadFile(filepath.Join("testdata/schemas", path)) },
	})
	var problems diagnostic.Problems
	if !errors.As(err, &problems) && err != nil {
		t.Fatal(err)
	}
	if p != nil {
		problems = p.Warnings
	}
	var ids []string
	for _, problem := range problems {
		ids = append(ids, problem.Code)
	}
	return ids
}
