package document

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestPosition asks for every character of the value of `w`, in all the ways to write it, what stands at its position.
func TestPosition(t *testing.T) {
	for _, text := range []string{
		"w: value.age >= 18\n",
		"w: 'value.n == ''x'' && ö'\n",
		"w: \"value.n == \\\"x\\\" && \\u00f6 y\"\n",
		"w: \"one\\\n   two \\\n  three\"\n",
		"w: value.a &&\n   value.b\n\n\n   || value.c\n",
		"w: 'value.a &&\n\n\n   value.b'\n",
		"w: |\n  value.a &&\n    value.b\n\n  || c\n",
		"w: |-\n\n  value.a &&\n  value.b\n",
		"w: |2\n    value.a\n   x\n",
		"w: >\n  value.a &&\n  value.b\n\n  || c\n\n\n  d\n",
		"w: >-\n  value.a\n    more\n    indented\n  less\n\n    again\n  end\n",
		"w: &a value.b\n", "w: !!str value.b\n", "w: &a !!str 'value.b'\n",
		"w: {x: value.a, y: b}\n",
	} {
		root, file, problems := Parse("f.yaml", []byte(text))
		if len(problems) > 0 {
			t.Fatalf("%q: %v", text, problems)
		}
		_, n := root.Get("w")
		if n.Kind == Map {
			_, n = n.Get("x")
		}
		follow(t, file, n, text)
	}
}

// follow checks each character but white space and those written as an escape.
func follow(t interface{ Errorf(string, ...any) }, file *File, n *Node, text string) {
	last := [2]int{}
	for offset, r := range n.Value {
		line, column := n.Position(offset)
		if r == ' ' || r == '\n' {
			continue
		}
		if here := [2]int{line, column}; here[0] < last[0] || here[0] == last[0] && here[1] <= last[1] {
			t.Errorf("%q: byte %d of %q at %d:%d, not behind %v", text, offset, n.Value, line, column, last)
		} else {
			last = here
		}
		rest := file.after(line, column)
		if got, _ := utf8.DecodeRuneInString(rest); got != r && got != '\\' {
			t.Errorf("%q: byte %d of %q at %d:%d is %q, stands before %q", text, offset, n.Value, line, column, r, rest)
		}
	}
}

// TestPositionOfAnyText writes random texts in every style and follows them.
func TestPositionOfAnyText(t *testing.T) {
	word := rapid.StringMatching(`[a-zö"\\]{1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		style := rapid.SampledFrom([]string{"|\n", ">\n", "|-\n", ">-\n", "'", `"`}).Draw(t, "style")
		lines := rapid.SliceOfN(rapid.SliceOfN(word, 0, 3), 1, 5).Draw(t, "lines")
		block := strings.HasSuffix(style, "\n")
		b.WriteString("w: " + style)
		for i, words := range lines {
			line := strings.Join(words, " ")
			if !block {
				line = map[string]*strings.Replacer{
					"'": strings.NewReplacer("'", "''"), `"`: strings.NewReplacer(`"`, `\"`, `\`, `\\`),
				}[style].Replace(line)
			} else if i == 0 && line == "" {
				line = "x"
			}
			if i > 0 || block {
				b.WriteString("  ")
			}
			if block && i > 0 && line != "" && rapid.Bool().Draw(t, "more") {
				b.WriteString("  ")
			}
			b.WriteString(line)
			if i < len(lines)-1 || block {
				b.WriteByte('\n')
			}
		}
		if !block {
			b.WriteString(style)
		}
		root, file, problems := Parse("f.yaml", []byte(b.String()+"\nz: 1\n"))
		if len(problems) > 0 {
			t.Fatalf("%q: %v", b.String(), problems)
		}
		_, n := root.Get("w")
		follow(t, file, n, b.String())
	})
}
