package expression

import (
	"fmt"
	"testing"

	"github.com/anabranch-go/anabranch/schemas"
)

// keysOf checks a key expression over the orders of testdata.
func keysOf(t *testing.T, source string) []Term {
	t.Helper()
	schema, err := schemas.Load("testdata/order.avsc")
	if err != nil {
		t.Fatal(err)
	}
	e, problems := Check(source, Env{Value: schema.Type}, Key)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", source, problems)
	}
	return e.Terms()
}

func TestTermsHaveOneSpelling(t *testing.T) {
	for source, want := range map[string]string{
		"value.id":                              "[value.id]",
		" value . id ":                          "[value.id]",
		"[value.id,key]":                        "[value.id key]",
		"(value.id)+'x'":                        `[value.id + "x"]`,
		`value.tags.exists(t,t=='a') ? 'y':"n"`: `[value.tags.exists(t, t == "a") ? "y" : "n"]`,
	} {
		if got := fmt.Sprint(keysOf(t, source)); got != want {
			t.Errorf("%s is spelt %s, want %s", source, got, want)
		}
	}
}

func TestFollowsFrom(t *testing.T) {
	for _, test := range []struct {
		source, known string
		want          bool
	}{
		{"value.id", "value.id", true},
		{"value.id", "[value.id, key]", true},
		{"value.id", "key", false},
		{`value.id + "x"`, "value.id", true},
		{"value.id", `value.id + "x"`, false},
		{`(value.id + "x").size()`, `value.id + 'x'`, true},
		{`"constant"`, "value.id", true},
		{`key != null ? key : value.id`, "value.id", false},
		{`key != null ? key : value.id`, "[value.id, key]", true},
		{`header("tenant")`, "value.id", false},
		{`header("tenant")`, `header("tenant")`, true},
		{`header("tenant")`, `header("other")`, false},
		{`["a", "b"].exists(x, x == value.id) ? "in" : "out"`, "value.id", true},
		{`["a", "b"].exists(x, x == value.id) ? "in" : "out"`, "key", false},
		{"timestamp.getHours()", "value.id", false},
		{"timestamp.getHours()", "timestamp.getHours()", true},
	} {
		if got := keysOf(t, test.source)[0].FollowsFrom(keysOf(t, test.known)); got != test.want {
			t.Errorf("%s follows from %s: %t, want %t", test.source, test.known, got, test.want)
		}
	}
}

func TestReadsKey(t *testing.T) {
	for source, want := range map[string]bool{"key": true, "value.id": false, `key != null ? key : "none"`: true} {
		if got := keysOf(t, source)[0].ReadsKey(); got != want {
			t.Errorf("%s reads the key: %t", source, got)
		}
	}
	if !KeyTerm().ReadsKey() || !KeyTerm().FollowsFrom(keysOf(t, "key")) || KeyTerm().FollowsFrom(keysOf(t, "value.id")) {
		t.Error("KeyTerm is not the key")
	}
}
