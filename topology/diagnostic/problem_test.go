package diagnostic

import (
	"strings"
	"testing"
)

func TestSpans(t *testing.T) {
	for _, test := range []struct {
		name    string
		problem Problem
		want    string
	}{
		{"plain", Problem{Code: "A0203", File: "f.yaml", Line: 3, Column: 5, Width: 4, What: "wrong", Remedy: "right", Source: "    keys: 1"},
			"f.yaml:3:5: error[A0203]: wrong; right\n        keys: 1\n        ^~~~\n"},
		{"a warning without a remedy", Problem{Code: "A0405", Warning: true, File: "f", Line: 1, Column: 1, What: "odd", Source: "x"},
			"f:1:1: warning[A0405]: odd\n    x\n    ^\n"},
		{"tabs stay tabs", Problem{Code: "A", File: "f", Line: 1, Column: 3, Width: 1, What: "w", Source: "\ta\tb"},
			"f:1:3: error[A]: w\n    \ta\tb\n    \t ^\n"},
		{"wide characters take two cells, combining ones none", Problem{Code: "A", File: "f", Line: 1, Column: 5, Width: 2, What: "w", Source: "日本e\u0301日x"},
			"f:1:5: error[A]: w\n    日本e\u0301日x\n         ^~~\n"},
		{"behind the end of the line", Problem{Code: "A", File: "f", Line: 1, Column: 3, Width: 9, What: "w", Source: "ab"},
			"f:1:3: error[A]: w\n    ab\n      ^\n"},
		{"the file as a whole", Problem{Code: "A0101", File: "f", What: "empty", Remedy: "write"}, "f: error[A0101]: empty; write\n"},
		{"a snippet", Problem{Code: "A", File: "f", Line: 1, Column: 1, What: "w", Remedy: "add:\nx: y", Source: "s"},
			"f:1:1: error[A]: w; add:\n    s\n    ^\n      x: y\n"},
		{"escapes for terminals are not obeyed", Problem{Code: "A", File: "f", Line: 1, Column: 1, What: "w", Source: "a\x1b[31m"},
			"f:1:1: error[A]: w\n    a\ufffd[31m\n    ^\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := (Problems{test.problem}).Error(); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

// TestLongLine cuts a long line around the mark.
func TestLongLine(t *testing.T) {
	p := Problem{Code: "A", File: "f", Line: 1, Column: 5001, Width: 4, What: "w", Source: strings.Repeat("x", 5000) + "here" + strings.Repeat("y", 5000)}
	lines := strings.Split(Problems{p}.Error(), "\n")
	at := strings.Index(lines[1], "here")
	if len(lines[1]) > 200 || at < 0 || strings.Index(lines[2], "^~~~") != at {
		t.Errorf("got\n%s\n%s", lines[1], lines[2])
	}
}

func TestSort(t *testing.T) {
	a := Problem{Line: 2, Column: 1, Code: "A1", What: "a"}
	b := Problem{Line: 1, Column: 9, Code: "A2", What: "b", Warning: true}
	c := Problem{Line: 2, Column: 1, Code: "A0", What: "c"}
	sorted := Problems{a, b, c, a}.Sort()
	if len(sorted) != 3 || sorted[0] != b || sorted[1] != c || sorted[2] != a {
		t.Errorf("got %v", sorted)
	}
	errors, warnings := sorted.Count()
	if errors != 2 || warnings != 1 || !sorted.Failed() || sorted[:1].Failed() {
		t.Errorf("%d errors, %d warnings", errors, warnings)
	}
}

func TestCodes(t *testing.T) {
	last := ""
	for _, code := range Codes() {
		if len(code.ID) != 5 || code.ID <= last || code.Meaning == "" {
			t.Errorf("code %+v after %s", code, last)
		}
		last = code.ID
	}
}

// TestExplanations: every code has a group and a text that fits on a terminal, and no text is of a code that does not exist.
func TestExplanations(t *testing.T) {
	grouped := 0
	for _, g := range Groups() {
		grouped += len(g.Codes)
	}
	if grouped != len(Codes()) {
		t.Errorf("%d of %d codes are in a group", grouped, len(Codes()))
	}
	files, err := helpFiles.ReadDir("help")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		code, ok := Lookup(strings.ToLower(strings.TrimSuffix(file.Name(), ".md")))
		if !ok {
			t.Errorf("%s explains no code", file.Name())
		}
		e := code.Explain()
		for _, line := range strings.Split(e.Text+"\n"+e.Wrong+"\n"+e.Right, "\n") {
			if e.Text == "" || len([]rune(line)) > 96 {
				t.Errorf("%s: %q is empty or longer than a line", code.ID, line)
			}
		}
	}
	if _, ok := Lookup("A9999"); ok {
		t.Error("a code that does not exist is found")
	}
}
