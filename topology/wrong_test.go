package topology

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

var update = flag.Bool("update", false, "write the .want files anew; read each before it is committed")

// testOptions have two variables, so that no test depends on where it runs.
func testOptions() Options {
	env := map[string]string{"BROKERS": "one:9092,two:9092", "EMPTY": ""}
	return Options{Env: func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}}
}

// TestWrong holds every file of testdata/wrong against what is said of it, to the letter.
func TestWrong(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := Load(file, testOptions())
			var problems diagnostic.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("no problems: %v", err)
			}
			path := strings.TrimSuffix(file, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(path, []byte(problems.Error()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != problems.Error() {
				t.Errorf("got\n%s\nwant\n%s", problems.Error(), want)
			}
		})
	}
}

// TestEveryCodeIsShown demands a wrong file for each code, and a code for each mistake that is made.
func TestEveryCodeIsShown(t *testing.T) {
	wants, _ := filepath.Glob("testdata/wrong/*.want")
	shown := map[string]bool{}
	for _, path := range wants {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "[A")[1:] {
			shown["A"+part[:4]] = true
		}
	}
	// These need a file that the tree should not hold, or are shown by tests of their own.
	elsewhere := map[string]bool{"A0102": true, "A0211": true, "A0405": true, "A0801": true, "A0905": true, "A0611": true}
	for _, code := range diagnostic.Codes() {
		if !shown[code.ID] && !elsewhere[code.ID] {
			t.Errorf("no wrong file shows %s: %s", code.ID, code.Meaning)
		}
		delete(shown, code.ID)
	}
	for id := range shown {
		t.Errorf("%s is not in the table of codes", id)
	}
}
