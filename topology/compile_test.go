package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/stage"
)

const head = "apiVersion: anabranch/v1\nkind: Pipeline\nname: shop\n"

// parse reads a pipeline that must be right. Schema files are looked for in testdata.
func parse(t testing.TB, text string, o Options) *Pipeline {
	t.Helper()
	p, err := Parse("testdata/right/test.yaml", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const orders = "  orders: {topic: orders, schema: ../schemas/order.avsc, partitions: 4}\n"

// describeSubs is the form in which tests compare what a pipeline was cut into.
func describeSubs(p *Pipeline) string {
	var b strings.Builder
	for _, s := range p.Subs {
		fmt.Fprintf(&b, "%s: %s > %s > %s\n", s.Name, names(s.Inputs), operatorsIn(s), names(s.Sinks))
	}
	return b.String()
}

func names(streams []*Stream) string {
	var all []string
	for _, s := range streams {
		all = append(all, s.Name)
	}
	return strings.Join(all, " ")
}

func operatorsIn(s *Sub) string {
	var all []string
	for _, op := range s.Operators {
		all = append(all, op.Name)
	}
	return strings.Join(all, " ")
}

func TestCut(t *testing.T) {
	chain := "operators:\n  c: {type: copier, from: orders, to: [audit, mid]}\n  f: {type: filter, from: mid, where: value.quantity > 1, to: big}\n"
	outs := "  audit: {topic: audit}\n  big: {topic: big}\n"
	for _, test := range []struct {
		name, text, want string
		options          Options
	}{
		{"one piece", "streams:\n" + orders + outs + chain, "orders: orders > c f > audit big\n", Options{}},
		{"a topic cuts", "streams:\n" + orders + outs + "  mid: {topic: mid}\n" + chain,
			"orders: orders > c > audit mid\nmid: mid > f > big\n", Options{}},
		{"a topic that was asked for cuts too", "streams:\n" + orders + outs + chain,
			"orders: orders > c > audit mid\nmid: mid > f > big\n", Options{Topics: []string{"mid", "audit"}}},
		{"several inputs", "streams:\n" + orders + "  a: {topic: a, schema: ../schemas/order.avsc}\n  b: {topic: b, schema: ../schemas/order.avsc}\n  out: {topic: out}\n" +
			"operators:\n  z: {type: merger, from: [a, b], to: ab}\n  m: {type: merger, from: [orders, ab], to: all}\n  x: {type: copier, from: all, to: [out]}\n",
			"m: a b orders > z m x > out\n", Options{}},
		{"a merger of ways of one input does not name", "streams:\n" + orders + "  a: {topic: a, schema: ../schemas/order.avsc}\n  out: {topic: out}\n" +
			"operators:\n  m: {type: merger, from: [orders, a], to: all}\n  c: {type: copier, from: all, to: [x, y]}\n  n: {type: merger, from: [x, y], to: out}\n",
			"m: a orders > m c n > out\n", Options{}},
		{"a merger of a topic of its own", "streams:\n" + orders + "  mid: {topic: mid}\n  other: {topic: other, schema: ../schemas/order.avsc}\n  out: {topic: out}\n" +
			"operators:\n  c: {type: copier, from: orders, to: [mid]}\n  m: {type: merger, from: [mid, other], to: out}\n",
			"orders: orders > c > mid\nm: mid other > m > out\n", Options{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describeSubs(parse(t, head+test.text, test.options)); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

// TestOrderOfTheFile shuffles the entries of a file: what it is cut into stays the same.
func TestOrderOfTheFile(t *testing.T) {
	streams := []string{orders, "  a: {topic: a, schema: ../schemas/order.avsc}\n", "  b: {topic: b, schema: ../schemas/order.avsc}\n",
		"  mid: {topic: mid}\n", "  out: {topic: out}\n", "  audit: {topic: audit}\n", "  rest: {topic: rest}\n"}
	operators := []string{
		"  ab: {type: merger, from: [a, b], to: both}\n", "  all: {type: merger, from: [both, orders], to: every}\n",
		"  keep: {type: copier, from: every, to: [audit, kept]}\n", "  big: {type: filter, from: kept, where: value.quantity > 1, to: mid}\n",
		"  plans: {type: splitter, from: mid, match: value.plan, cases: {FREE: rest}, otherwise: paid}\n",
		"  users: {type: sharder, from: paid, by: value.user_id, to: out}\n"}
	want := "all: a b orders > ab all keep big > audit mid\nmid: mid > plans users > out rest\n"
	rapid.Check(t, func(r *rapid.T) {
		text := head + "streams:\n" + strings.Join(rapid.Permutation(streams).Draw(r, "streams"), "") +
			"operators:\n" + strings.Join(rapid.Permutation(operators).Draw(r, "operators"), "")
		if got := describeSubs(parse(t, text, Options{})); got != want {
			r.Fatalf("got\n%swant\n%s", got, want)
		}
	})
}

// TestProgram walks events through what a file is compiled to.
func TestProgram(t *testing.T) {
	p := parse(t, head+"streams:\n  in: {topic: in}\n  a: {topic: a}\n  s0: {topic: s0}\n  s1: {topic: s1}\noperators:\n"+
		"  c: {type: copier, from: in, to: [x, y]}\n"+
		"  f: {type: filter, from: x, where: 'key != null && key.startsWith(\"k\")', to: a}\n"+
		"  s: {type: splitter, from: y, when: [{if: 'header(\"test\") != null', to: drop}, {if: 'key == null', to: dead_letter}], otherwise: z}\n"+
		"  h: {type: sharder, from: z, by: [key], to: [s0, s1]}\n"+
		"on_error: {dead_letter: dlq}\n", Options{})
	sub := p.Subs[0]
	if sub.Name != "in" || !sub.Headers || sub.Projection != nil {
		t.Fatalf("sub %s, headers %v, projection %v", sub.Name, sub.Headers, sub.Projection)
	}
	outputs := make([]stage.Output, len(sub.Sinks))
	for i := range outputs {
		outputs[i] = stage.Output{Partitions: 1}
	}
	runner := stage.NewRunner(sub.Program, outputs)
	events := []stage.Meta{
		{Key: []byte("k1")}, {Key: []byte("other")}, {},
		{Key: []byte("k2"), Headers: []stage.Header{{Key: "test", Value: []byte("x")}}},
	}
	for i := range events {
		runner.Route(0, int32(i), &stage.Event[stage.Row]{Meta: events[i]})
	}
	got := map[string][]int32{}
	for i, picks := range runner.Picks {
		for _, pick := range picks {
			got[sub.Sinks[i].Name] = append(got[sub.Sinks[i].Name], pick.Index)
		}
	}
	if !slices.Equal(got["a"], []int32{0, 3}) {
		t.Errorf("filter let pass %v, want 0 and 3", got["a"])
	}
	if both := append(slices.Clone(got["s0"]), got["s1"]...); len(both) != 2 {
		t.Errorf("sharded %v, want 0 and 1", both)
	}
	if len(runner.Rejected) != 1 || runner.Rejected[0].Index != 2 || sub.Operators[runner.Rejected[0].Node].Name != "s" {
		t.Errorf("rejected %+v, want event 2 at s", runner.Rejected)
	}
}

// TestMatchOfNull holds a null to the case of that name, where there is an enum, and else to otherwise.
func TestMatchOfNull(t *testing.T) {
	p := parse(t, head+"streams:\n  in: {topic: in, schema: ../schemas/tier.avsc}\n  none: {topic: none}\n  rest: {topic: rest}\noperators:\n"+
		"  k: {type: splitter, from: in, match: key, cases: {k: keyed}, otherwise: unkeyed}\n"+
		"  t: {type: splitter, from: keyed, match: value.tier, cases: {LOW: drop, HIGH: drop, null: none}}\n"+
		"  u: {type: splitter, from: unkeyed, match: value.tier, cases: {LOW: drop}, otherwise: rest}\n"+
		"on_error: {dead_letter: dlq}\n", Options{})
	sub := p.Subs[0]
	outputs := make([]stage.Output, len(sub.Sinks))
	for i := range outputs {
		outputs[i] = stage.Output{Partitions: 1}
	}
	runner := stage.NewRunner(sub.Program, outputs)
	for i, m := range []stage.Meta{{Key: []byte("k")}, {}, {Key: []byte("null")}} {
		e := stage.Event[stage.Row]{Meta: m}
		sub.Projection.Read([]byte{0}, &e.Value)
		runner.Route(0, int32(i), &e)
	}
	got := map[string][]int32{}
	for i, picks := range runner.Picks {
		for _, pick := range picks {
			got[sub.Sinks[i].Name] = append(got[sub.Sinks[i].Name], pick.Index)
		}
	}
	if !slices.Equal(got["none"], []int32{0}) || !slices.Equal(got["rest"], []int32{1, 2}) || len(runner.Rejected) > 0 {
		t.Errorf("picked %v, rejected %+v; want 0 in none, 1 and 2 in rest", got, runner.Rejected)
	}
}

// TestInferred looks at what streams get from upstream.
func TestInferred(t *testing.T) {
	p := parse(t, head+"streams:\n"+orders+"  out: {topic: out}\noperators:\n"+
		"  s: {type: sharder, from: orders, by: value.quantity, key: by, to: inner}\n  c: {type: copier, from: inner, to: [out]}\n", Options{})
	for _, s := range p.Streams {
		if s.Value.Name != "avro" || s.Value.Schema == nil || s.Value.Schema.Type.Name != "shop.Order" {
			t.Errorf("stream %s has values %s", s.Name, s.Value.Name)
		}
		want := "bytes"
		if s.Name == "orders" {
			want = "string"
		}
		if s.Key.Name != want {
			t.Errorf("stream %s has keys %s, want %s", s.Name, s.Key.Name, want)
		}
	}
	for i, op := range p.Subs[0].Operators {
		if shard := p.Subs[0].Program.Nodes[i].Shard; (shard != nil && shard.Rekey) != (op.Name == "s") {
			t.Errorf("operator %s: shard %+v", op.Name, shard)
		}
	}
	if sub := p.Subs[0]; sub.Projection == nil || sub.Projection.Slot("quantity") < 0 || sub.Projection.Len() != 1 {
		t.Errorf("projection %+v, want quantity alone", sub.Projection)
	}
}
