package topology

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// FuzzParse: whatever the text, Parse gives a pipeline or problems that stand in the text, and never panics.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/wrong/*.yaml", "testdata/right/*.yaml", "../pipelines/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o := testOptions()
		o.ReadFile = func(path string) ([]byte, error) {
			if strings.HasSuffix(path, ".avsc") && strings.Contains(path, "schemas") {
				return os.ReadFile(filepath.Join("testdata/schemas", filepath.Base(path)))
			}
			return nil, os.ErrNotExist
		}
		p, err := Parse("testdata/right/fuzz.yaml", text, o)
		if err == nil {
			if p.Name == "" || len(p.Subs) == 0 {
				t.Fatalf("a pipeline without name or sub-topologies: %+v", p)
			}
			return
		}
		var problems diagnostic.Problems
		if !errors.As(err, &problems) || !problems.Failed() {
			t.Fatalf("no problems: %v", err)
		}
		lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
		for _, problem := range problems {
			if problem.Line < 0 || problem.Line > len(lines) || problem.Line > 0 && problem.Column > utf8.RuneCountInString(lines[problem.Line-1])+1 {
				t.Fatalf("%s lies outside of the text", problem.Error())
			}
		}
		if problems.Error() != problems.Sort().Error() {
			t.Fatal("problems are not in order")
		}
	})
}
