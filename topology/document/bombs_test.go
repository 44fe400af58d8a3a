package document

import (
	"fmt"
	"strings"
	"testing"
)

// What is small to write and large to read is refused, in one problem that says which bound it meets.
func TestBombs(t *testing.T) {
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 11 {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 10))
	}
	for name, c := range map[string]struct{ text, code, says string }{
		"size":           {strings.Repeat("#", BytesMax+1), "A0102", "has 4194305 bytes"},
		"values":         {"a:\n" + strings.Repeat("- x\n", NodesMax+1), "A0109", "200000 values"},
		"aliases":        {laughs, "A0109", "200000 values"},
		"brackets":       {strings.Repeat("[", 1<<20), "A0109", "nest too deep"},
		"braces":         {strings.Repeat("{a: ", 1<<18), "A0109", "nest too deep"},
		"lists in lists": {strings.Repeat("- ", 1<<18), "A0109", "nest too deep"},
		"indents":        {indents(200), "A0109", "nest too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, problems := Parse("f.yaml", []byte(c.text))
			if len(problems) == 0 || problems[0].Code != c.code || !strings.Contains(problems[0].What, c.says) {
				t.Errorf("got %.300v; want %s, %s", problems, c.code, c.says)
			}
		})
	}
}

// indents nests n maps, each on a line of its own.
func indents(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return text.String()
}
