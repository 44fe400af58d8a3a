package expression

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
)

// TestNestedOnCelGo holds what cel-go sees of arrays of records and of nulls in them against schemas.DecodeAny.
func TestNestedOnCelGo(t *testing.T) {
	schema := orderSchema(t)
	lines := func(v map[string]any, f func(map[string]any) bool) bool {
		return slices.ContainsFunc(v["lines"].([]any), func(l any) bool { return f(l.(map[string]any)) })
	}
	truths := map[string]func(v map[string]any) bool{
		`value.lines.exists(l, l.gift_for != null && l.gift_for == "a")`: func(v map[string]any) bool {
			return lines(v, func(l map[string]any) bool { return l["gift_for"] == "a" })
		},
		`value.lines.all(l, l.gift_for == null || l.sku != "b")`: func(v map[string]any) bool {
			return !lines(v, func(l map[string]any) bool { return l["gift_for"] != nil && l["sku"] == "b" })
		},
		`value.notes.filter(n, n != null).size() == 2`: func(v map[string]any) bool {
			return len(slices.DeleteFunc(v["notes"].([]any), func(n any) bool { return n == nil })) == 2
		},
		`size(value.attrs) == 2 && value.tags == ["a", "b"]`: func(v map[string]any) bool {
			return len(v["attrs"].(map[string]any)) == 2 && slices.Equal(v["tags"].([]any), []any{"a", "b"})
		},
		`value.billing != null && value.billing.city + "!" == "a!"`: func(v map[string]any) bool {
			billing, ok := v["billing"].(map[string]any)
			return ok && billing["city"] == "a"
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		data := drawValue(t, nil, schema.Type)
		for src, truth := range truths {
			e, problems := Check(src, Env{Value: schema.Type}, Bool)
			if e == nil || e.Fast() {
				t.Fatal(src, problems)
			}
			projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
			if err != nil {
				t.Fatal(err)
			}
			var ev event
			projection.Read(data, &ev.Value)
			whole, err := schemas.DecodeAny(schema.Type, string(data))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := e.Bool(projection)(&ev); err != nil || got != truth(whole.(map[string]any)) {
				t.Fatalf("%s gives %v, %v for %v", src, got, err, whole)
			}
		}
	})
}

// A key that is missing is told alike, whatever runs the expression.
func TestNoKey(t *testing.T) {
	for _, src := range []string{
		`value.attrs["x"] > 1`,
		`value.attrs["x"] > 1 && !value.country.matches(value.user_id + "$")`,
		`value.attrs["x"] > value.attrs.size()`,
	} {
		e, l, ev := compileSignup(t, src, Bool)
		_, err := e.Bool(l)(ev)
		told := e.Explain(l)(ev).Err
		if want := `no key "x" in value.attrs`; err == nil || err.Error() != want || told == nil || told.Error() != want {
			t.Errorf("%s (fast: %v) gives %v, and explains %v", src, e.Fast(), err, told)
		}
	}
}
