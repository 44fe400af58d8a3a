package expression

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/schemas"
)

// onList runs a condition on a record whose field xs is a list of n ints, all of them 1000: Go allocates no smaller ones.
func onList(t *testing.T, src string, n int) func() (bool, error) {
	t.Helper()
	schema, err := schemas.Parse([]byte(`{"type": "record", "name": "L", "fields": [{"name": "xs", "type": {"type": "array", "items": "int"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	e, problems := Check(src, Env{Value: schema.Type}, Bool)
	if e == nil {
		t.Fatal(src, problems)
	}
	p, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
	if err != nil {
		t.Fatal(err)
	}
	data := binary.AppendVarint(nil, int64(n))
	data = append(data, strings.Repeat("\xd0\x0f", n)+"\x00"...)
	var ev event
	if p.Read(data, &ev.Value); ev.Value.Err != nil {
		t.Fatal(ev.Value.Err)
	}
	run := e.Bool(p)
	return func() (bool, error) { return run(&ev) }
}

// A loop over a list of the event that names the list again takes time by the list's length, not by its square.
func TestLoopsDecodeOnce(t *testing.T) {
	const n = 2000
	for _, src := range []string{"value.xs.all(x, value.xs[0] == x)", "value.xs.all(x, size(value.xs) != x)", "value.xs.map(x, value.xs).size() == size(value.xs)"} {
		run := onList(t, src, n)
		if got, err := run(); err != nil || !got {
			t.Fatalf("%s: %v, %v", src, got, err)
		}
		if allocs := testing.AllocsPerRun(1, func() { _, _ = run() }); allocs > 50*n {
			t.Errorf("%s: %v allocations for %d elements", src, allocs, n)
		}
	}
}

// What takes too long for one event is that event's fault, and no more.
func TestCostIsLimitedAsItRuns(t *testing.T) {
	run := onList(t, "value.xs.all(x, x in value.xs && !(2 in value.xs))", 20_000)
	_, err := run()
	var fault *Fault
	if !errors.As(err, &fault) || fault.What != "too much to compute for one event" {
		t.Errorf("got %v", err)
	}
}

func TestCostIsLimitedBeforehand(t *testing.T) {
	schema, err := schemas.Parse([]byte(`{"type": "record", "name": "L", "fields": [{"name": "xs", "type": {"type": "array", "items": "int"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	loops := "value.xs.exists(a, value.xs.exists(b, value.xs.exists(c, value.xs.exists(d, a + b + c + d == 0))))"
	long := "true" + strings.Repeat(" && true", 100_000)
	deep := strings.Repeat("(", 10_000) + "true" + strings.Repeat(")", 10_000)
	choice := strings.Repeat("true ? ", 5_000) + "true" + strings.Repeat(" : false", 5_000)
	list := "1 in " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)
	for _, src := range []string{loops, long, deep, choice, list} {
		if e, problems := Check(src, Env{Value: schema.Type}, Bool); e != nil || len(problems) == 0 {
			t.Errorf("%.60s… was taken", src)
		}
	}
}
