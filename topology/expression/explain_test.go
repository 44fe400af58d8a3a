package expression

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
)

// drawExpression draws an expression that Check takes; nil where none was found.
func drawExpression(t *rapid.T, env Env, fields []field, want Want) *Expression {
	w := &writer{t: t, fields: fields, guarded: map[string]bool{}}
	for range 20 {
		src := w.boolean(3)
		if want != Bool {
			src = []func(int) string{w.boolean, w.integer, w.text, w.time, w.double}[rapid.IntRange(0, 4).Draw(t, "result")](3)
		}
		if e, _ := Check(src, env, want); e != nil {
			return e
		}
	}
	return nil
}

// The law of explanations: the parts make the same result, or the same fault at the same place, as the expression when it is run.
func TestExplainAgrees(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		schema, fields := drawSchema(t)
		e := drawExpression(t, Env{Value: schema.Type}, fields, Bool)
		if e == nil {
			return
		}
		projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
		if err != nil {
			t.Fatal(err)
		}
		run, explain := e.Bool(projection), e.Explain(projection)
		c := e.compiler(projection)
		root := c.probe(e.ast.Expr())
		for range 5 {
			ev := drawEvent(t, schema, projection)
			want, wantErr := run(ev)
			x := root.explain(&activation{compiler: c, event: ev})
			if (x.Err == nil) != (wantErr == nil) || x.Err == nil && x.Value != want {
				t.Fatalf("%s\nexplained as %v %v\nand gives %v %v\n%s", e.src, x.Value, x.Err, want, wantErr, tree(x, 0))
			}
			if wantErr != nil && e.Fast() && !samePlace(x.Err.(*Fault), wantErr.(*Fault)) {
				t.Fatalf("%s\nfails with %+v\nexplained as %+v\n%s", e.src, wantErr, x.Err, tree(x, 0))
			}
			if got := explain(ev); !reflect.DeepEqual(got.Err, wantErr) || wantErr == nil && got.Value != want {
				t.Fatalf("%s\nexplained as %v %v; want %v %v", e.src, got.Value, got.Err, want, wantErr)
			}
			sound(t, e, x)
			outcomes[fmt.Sprint(x.Value)]++
		}
	})
	if outcomes["true"] == 0 || outcomes["false"] == 0 || outcomes["<nil>"] == 0 {
		t.Errorf("outcomes %v", outcomes)
	}
}

func samePlace(a, b *Fault) bool {
	return class(a) == class(b) && a.Source == b.Source && a.Offset == b.Offset
}

// sound wants each part to lie in the source, and to be skipped only where something else had decided.
func sound(t *rapid.T, e *Expression, x *Explanation) {
	if x.Offset < 0 || x.End > len(e.src) || x.Offset >= x.End {
		t.Fatalf("%s: %q stands at %d to %d", e.src, x.Source, x.Offset, x.End)
	}
	if x.Skipped && (x.Value != nil || x.Err != nil) {
		t.Fatalf("%s: %q was skipped, and gave %v %v", e.src, x.Source, x.Value, x.Err)
	}
	for _, part := range x.Parts {
		if x.Skipped && !part.Skipped {
			t.Fatalf("%s: %q was skipped, but its part %q was not", e.src, x.Source, part.Source)
		}
		sound(t, e, part)
	}
}

// tree writes an explanation, a line for each part.
func tree(x *Explanation, depth int) string {
	result := fmt.Sprintf("%#v", x.Value)
	switch {
	case x.Skipped:
		result = "-"
	case x.Err != nil:
		result = "! " + x.Err.Error()
	}
	text := fmt.Sprintf("%s%s  %s\n", strings.Repeat("  ", depth), x.Source, result)
	for _, part := range x.Parts {
		text += tree(part, depth+1)
	}
	return text
}
