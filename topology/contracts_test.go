package topology

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContracts holds the contract of every stream of testdata/contracts against what is written beside it.
func TestContracts(t *testing.T) {
	files, err := filepath.Glob("testdata/contracts/*.yaml")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		p, err := Load(file, testOptions())
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		got := describeContracts(p)
		path := strings.TrimSuffix(file, ".yaml") + ".want"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || string(want) != got {
			t.Errorf("%s, %v: got\n%s\nwant\n%s", file, err, got, want)
		}
	}
}

// describeContracts writes a line for each fact; a question mark is for what is not verified.
func describeContracts(p *Pipeline) string {
	var b strings.Builder
	mark := func(text string, unverified bool) string {
		if unverified {
			return text + "?"
		}
		return text
	}
	for _, s := range p.Streams {
		c := s.Contract
		fmt.Fprintf(&b, "%s\n", s.Name)
		if c.Key.Equals != "" {
			fmt.Fprintf(&b, "  key         %s\n", mark(c.Key.Equals, c.Key.Unverified))
		}
		for _, o := range c.Order {
			fmt.Fprintf(&b, "  order       %s\n", mark(o.String(), o.Unverified))
		}
		fmt.Fprintf(&b, "  partitioned %s\n", mark(c.Partitioning.String(), c.Partitioning.Unverified))
		for _, l := range c.Lost {
			fmt.Fprintf(&b, "  lost        %s by %s\n", l.Fact, l.Operator)
		}
	}
	for i := range p.Warnings {
		fmt.Fprintln(&b, p.Warnings[i].Error())
	}
	return b.String()
}
