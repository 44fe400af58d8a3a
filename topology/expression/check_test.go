package expression

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/schemas"
)

var update = flag.Bool("update", false, "write the golden files anew")

func orderSchema(t testing.TB) *schemas.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/order.avsc")
	if err != nil {
		t.Fatal(err)
	}
	s, err := schemas.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var wants = map[string]Want{"bool": Bool, "key": Key, "match": Match, "any": Any, "order": Order}

// TestProblems holds every message against testdata/problems.want: a line "want: expression", then what Check says of it.
func TestProblems(t *testing.T) {
	golden, err := os.ReadFile("testdata/problems.want")
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Stream: "orders", Value: orderSchema(t).Type}
	var got bytes.Buffer
	for line := range strings.Lines(string(golden)) {
		if strings.HasPrefix(line, "#") {
			got.WriteString(line)
		}
		want, src, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if _, known := wants[want]; !ok || !known {
			continue
		}
		fmt.Fprintf(&got, "\n%s: %s\n", want, src)
		e, problems := Check(src, env, wants[want])
		if (e == nil) != (len(problems) > 0) {
			t.Errorf("%s: expression %v with problems %v", src, e, problems)
		}
		for _, p := range problems {
			fmt.Fprintf(&got, "%s%s\n    %s: %s\n", strings.Repeat(" ", len(want)+2+len([]rune(src[:p.Offset]))),
				strings.Repeat("^", max(1, len([]rune(src[p.Offset:p.End])))), p.Code, p)
		}
		if e != nil {
			fmt.Fprintf(&got, "    %s %s\n", e.Type().Name, e.Paths())
		}
	}
	if *update {
		if err := os.WriteFile("testdata/problems.want", got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got.String() != string(golden) && !*update {
		t.Errorf("messages have changed; run with -update and look at the difference. Got:\n%s", got.String())
	}
}
