package expression

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
)

// TestRank holds what records are ordered by to what cel-go says of the same expression.
func TestRank(t *testing.T) {
	schema := orderSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.SampledFrom([]string{
			"timestamp", "value.created_at", "value.seen_at", "value.age", "value.score", "value.age * 2 - 1", "value.id", "value.country",
			"value.created_at + duration(\"1h\")", "value.amount / (value.age % 3)", "value.paid ? value.created_at : timestamp", "size(value.id)", "value.id + \"x\"",
		}).Draw(t, "expression")
		e, problems := Check(src, Env{Value: schema.Type}, Order)
		if e == nil {
			t.Fatal(problems)
		}
		if err := e.ready(); err != nil {
			t.Fatal(err)
		}
		projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
		if err != nil {
			t.Fatal(err)
		}
		ev := drawEvent(t, schema, projection)
		number, text, err := e.Rank(projection)(ev)
		want, fault := e.compiler(projection).slowRank()(ev)
		if (err != nil) != (fault != nil) || err == nil && (rank{number, text}) != want {
			t.Fatalf("%s is %d %q (%v), want %v (%v)", src, number, text, err, want, fault)
		}
		if err != nil && errors.Is(err, ErrNull) != errors.Is(fault, ErrNull) {
			t.Fatalf("%s fails with %v, want %v", src, err, fault)
		}
		x := e.Explain(projection)(ev)
		if !reflect.DeepEqual(x.Err, err) || err == nil && rankOf(x.Value) != (rank{number, text}) {
			t.Fatalf("%s is explained as %v (%v), want %d %q (%v)", src, x.Value, x.Err, number, text, err)
		}
	})
}

// rankOf is what an explained value is ordered by.
func rankOf(value any) rank {
	switch v := value.(type) {
	case time.Time:
		return rank{number: v.UnixMicro()}
	case string:
		return rank{text: v}
	}
	return rank{number: value.(int64)}
}
