package expression

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

// class is what kind of fault err is, however it is worded.
func class(f *Fault) string {
	if f == nil {
		return ""
	}
	for _, word := range []string{"overflow", "zero", "key", "index"} {
		if strings.Contains(f.What, word) {
			return word
		}
	}
	if errors.Is(f, ErrNull) || strings.Contains(f.What, "null") {
		return "null"
	}
	return f.What
}

// TestClosuresAndCelGoAgree is the law of the two ways to run an expression: for every schema, value and expression they
// give the same answer or the same fault. What Check accepts never meets a null before another fault.
func TestClosuresAndCelGoAgree(t *testing.T) {
	counts := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 8 {
			agree(t, counts)
		}
	})
	t.Log(counts)
	for _, outcome := range []string{"fast", "true", "false", "overflow", "zero", "key", "index"} {
		if counts[outcome] == 0 {
			t.Errorf("no generated expression came out as %s: %v", outcome, counts)
		}
	}
}

// FuzzClosuresAndCelGoAgree is the same law with the fuzzer choosing.
func FuzzClosuresAndCelGoAgree(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { agree(t, map[string]int{}) }))
}

func agree(t *rapid.T, counts map[string]int) {
	schema, fields := drawSchema(t)
	env := Env{Value: schema.Type}
	w := &writer{t: t, fields: fields, guarded: map[string]bool{}}
	var e *Expression
	var src string
	for range 20 {
		src = w.boolean(3)
		var problems []Problem
		if e, problems = Check(src, env, Bool); e != nil {
			break
		}
		for _, p := range problems {
			if p.Code != Nullable && p.Code != Symbol && p.Code != Literal && !strings.Contains(p.What, "no order") {
				t.Fatalf("%s\nis refused: %s: %s", src, p.Code, p)
			}
		}
		counts["refused"]++
	}
	if e == nil {
		return
	}
	slow := *e
	if err := slow.ready(); err != nil && class(&Fault{What: err.Error()}) == "overflow" {
		counts["refused"]++ // cel-go works constants out beforehand; closures leave it to the first event
		return
	} else if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	fast, ok := e.compiler(projection).boolean(e.ast.Expr())
	if !ok {
		counts["slow"]++
		fast = slow.compiler(projection).slowBool()
	} else {
		counts["fast"]++
	}
	for range 5 {
		ev := drawEvent(t, schema, projection)
		got, fault := fast(ev)
		want, wantFault := slow.compiler(projection).slowBool()(ev)
		if class(fault) != class(wantFault) || fault == nil && got != want {
			t.Fatalf("%s\nclosures: %v %v\ncel-go:   %v %v\nslots %+v", src, got, fault, want, wantFault, ev.Value.Slots)
		}
		if !slices.Contains([]string{"", "overflow", "zero", "key", "index"}, class(fault)) {
			t.Fatalf("%s\nwas accepted, and gives %v\nslots %+v", src, fault, ev.Value.Slots)
		}
		counts[class(fault)]++
		if fault == nil {
			counts[map[bool]string{true: "true", false: "false"}[got]]++
		}
	}
}

func drawEvent(t *rapid.T, schema *schemas.Schema, projection *schemas.Projection) *event {
	ev := &event{}
	projection.Read(drawValue(t, nil, schema.Type), &ev.Value)
	if ev.Value.Err != nil {
		t.Fatal(ev.Value.Err)
	}
	if rapid.Bool().Draw(t, "has key") {
		ev.Key = []byte(rapid.SampledFrom(someStrings).Draw(t, "key"))
	}
	if rapid.Bool().Draw(t, "has header") {
		ev.Headers = []stage.Header{{Key: "h", Value: []byte(rapid.SampledFrom(someStrings).Draw(t, "header"))}}
	}
	ev.Time = time.UnixMilli(rapid.SampledFrom(someTimes).Draw(t, "timestamp") / 1000)
	return ev
}
