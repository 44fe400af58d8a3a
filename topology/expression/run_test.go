package expression

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

const signup = `value.marketing_opt_in && value.age >= 18 && value.country in ["DE","FR","US"]`

const signupSchema = `{"type":"record","name":"Signup","fields":[{"name":"user_id","type":"string"},{"name":"country","type":"string"},
	{"name":"referrer","type":["null","string"]},{"name":"tags","type":{"type":"array","items":"string"}},
	{"name":"attrs","type":{"type":"map","values":"long"}},{"name":"created_at","type":{"type":"long","logicalType":"timestamp-millis"}},
	{"name":"marketing_opt_in","type":"boolean"},{"name":"age","type":"int"}]}`

// signupEvent is an adult from France who opted in.
func signupEvent() *event {
	text := func(buf []byte, s string) []byte { return append(binary.AppendVarint(buf, int64(len(s))), s...) }
	data := text(text(nil, "u1"), "FR")
	data = text(append(data, 2), "ad")                                        // referrer
	data = append(text(binary.AppendVarint(data, 1), "new"), 0)               // tags
	data = append(binary.AppendVarint(text(append(data, 2), "visits"), 7), 0) // attrs
	data = binary.AppendVarint(data, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	data = binary.AppendVarint(append(data, 1), 33)
	return &event{
		Meta:  stage.Meta{Key: []byte("k"), Time: time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC), Headers: []stage.Header{{Key: "src", Value: []byte("web")}}},
		Value: stage.Row{Err: errors.New(string(data))},
	}
}

// compileSignup checks src against the signup schema and reads an event for it.
func compileSignup(t testing.TB, src string, want Want) (*Expression, *schemas.Projection, *event) {
	t.Helper()
	schema, err := schemas.Parse([]byte(signupSchema))
	if err != nil {
		t.Fatal(err)
	}
	e, problems := Check(src, Env{Stream: "signups", Value: schema.Type}, want)
	if e == nil {
		t.Fatalf("%s: %v", src, problems)
	}
	projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
	if err != nil {
		t.Fatal(err)
	}
	ev := signupEvent()
	data := []byte(ev.Value.Err.Error())
	projection.Read(data, &ev.Value)
	if ev.Value.Err != nil {
		t.Fatal(ev.Value.Err)
	}
	return e, projection, ev
}

// TestFastAllocatesNothing holds the expressions that pipelines are mostly made of to closures without allocations.
func TestFastAllocatesNothing(t *testing.T) {
	for _, src := range []string{
		signup,
		`value.referrer != null && value.referrer.startsWith("a") && !value.referrer.endsWith("x")`,
		`"new" in value.tags && size(value.tags) == 1 && value.tags[0] == "new"`,
		`"visits" in value.attrs && value.attrs["visits"] > 3 && has(value.attrs.visits)`,
		`timestamp - value.created_at < duration("2h") && value.created_at.getFullYear() == 2026`,
		`header("src") != null && header("src") == "web" && key != null && key == "k"`,
		`value.country.matches("^[A-Z]{2}$") && (value.age > 60 ? value.age % 2 == 0 : value.age * 2 == 66)`,
		`value.country in ["A","B","C","D","E","F","G","H","I","FR"] && value.age in [1, 33]`,
	} {
		e, l, ev := compileSignup(t, src, Bool)
		f := e.Bool(l)
		if pass, err := f(ev); !pass || err != nil || !e.Fast() {
			t.Errorf("%s gives %v, %v; fast: %v", src, pass, err, e.Fast())
		}
		if n := testing.AllocsPerRun(100, func() { f(ev) }); n != 0 {
			t.Errorf("%s allocates %v times", src, n)
		}
	}
}

// TestFaultsAllocateNothing keeps rejected events as cheap as others.
func TestFaultsAllocateNothing(t *testing.T) {
	for src, want := range map[string]string{
		`value.age / (value.age - 33) > 1`:             "division by zero in value.age / (value.age - 33)",
		`value.age + 9223372036854775807 > 1`:          "integer overflow in value.age + 9223372036854775807",
		`value.attrs["x"] > 1`:                         `no key "x" in value.attrs`,
		`value.tags[1] == "x"`:                         "index out of range in value.tags[1]",
		`value.attrs["x"] > 1 || value.tags[1] == "x"`: `no key "x" in value.attrs`,
	} {
		e, l, ev := compileSignup(t, src, Bool)
		f := e.Bool(l)
		_, err := f(ev)
		var fault *Fault
		if !errors.As(err, &fault) || err.Error() != want {
			t.Errorf("%s gives %v, want %s", src, err, want)
		}
		if n := testing.AllocsPerRun(100, func() { f(ev) }); n != 0 {
			t.Errorf("%s allocates %v times", src, n)
		}
	}
}

// TestKeys holds AppendKey against the bytes that DESIGN promises, by closures and by cel-go.
func TestKeys(t *testing.T) {
	for src, want := range map[string]string{
		`value.user_id`:         "u1",
		`value.age`:             "\x00\x00\x00\x21",
		`value.age + 1`:         "\x00\x00\x00\x00\x00\x00\x00\x22",
		`value.attrs["visits"]`: "\x00\x00\x00\x00\x00\x00\x00\x07",
		`value.referrer`:        "ad",
		`key`:                   "k",
		`header("src")`:         "web",
		`[value.user_id, value.age, header("src")]`: "\x00\x00\x00\x02u1\x00\x00\x00\x04\x00\x00\x00\x21\x00\x00\x00\x03web",
	} {
		e, l, ev := compileSignup(t, src, Key)
		slow := *e
		if err := slow.ready(); err != nil {
			t.Fatal(err)
		}
		got, err := e.AppendKey(l)(ev, []byte("-"))
		slowly, fault := slow.compiler(l).slowKey()(ev, []byte("-"))
		if string(got) != "-"+want || err != nil || string(slowly) != "-"+want || fault != nil {
			t.Errorf("%s gives %q, %v and on cel-go %q, %v; want %q", src, got, err, slowly, fault, want)
		}
	}
	e, l, ev := compileSignup(t, `value.user_id + "x"`, Key)
	if got, err := e.AppendKey(l)(ev, nil); e.Fast() || string(got) != "u1x" || err != nil {
		t.Errorf("a key on cel-go is %q, %v", got, err)
	}
	e, l, ev = compileSignup(t, `[value.user_id, header("none")]`, Key)
	if got, err := e.AppendKey(l)(ev, []byte("-")); !errors.Is(err, ErrNull) || string(got) != "-" || err.Error() != `header("none") is null` {
		t.Errorf("a null in a key gives %q, %v", got, err)
	}
}

// TestCut gives the row's own error where the record broke before a field that is read, and only there.
func TestCut(t *testing.T) {
	e, l, ev := compileSignup(t, `value.country == "FR" && value.age > 1`, Bool)
	ev.Value.Filled, ev.Value.Err = 1, errors.New("broken")
	if _, err := e.Bool(l)(ev); err != ev.Value.Err {
		t.Errorf("reading beyond what is filled gives %v", err)
	}
	e, _, _ = compileSignup(t, `value.country == "FR"`, Bool)
	if pass, err := e.Bool(l)(ev); !pass || err != nil {
		t.Errorf("reading what is filled gives %v, %v", pass, err)
	}
}

// TestSharedLayout runs an expression on cel-go over a layout that has slots for others, broken before they were filled.
func TestSharedLayout(t *testing.T) {
	schema := orderSchema(t)
	e, problems := Check(`has(value.billing.zip) && value.billing.zip.matches(value.id + "1")`, Env{Value: schema.Type}, Bool)
	if e == nil || e.Fast() {
		t.Fatal(problems)
	}
	l := inOrder{"id", "billing.zip", "billing", ""}
	ev := &event{Value: stage.Row{Slots: []stage.Slot{{S: "a"}, {S: "ba1"}, {Null: true}, {Null: true}}, Filled: 2, Err: errors.New("broken")}}
	if pass, err := e.Bool(l)(ev); !pass || err != nil {
		t.Errorf("gives %v, %v", pass, err)
	}
	e, problems = Check(`value != null && key != null && key + "b" == "ab"`, Env{Value: schema.Type}, Bool)
	if e == nil || e.Fast() {
		t.Fatal(problems)
	}
	if pass, err := e.Bool((*schemas.Projection)(nil))(&event{Meta: stage.Meta{Key: []byte("a")}}); !pass || err != nil {
		t.Errorf("without a projection gives %v, %v", pass, err)
	}
}

func TestMatch(t *testing.T) {
	schema := orderSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		for src, path := range map[string]string{"value.plan": "plan", "value.tier": "tier", "value.referrer": "referrer", "value.billing.zip": "billing.zip"} {
			e, problems := Check(src, Env{Value: schema.Type}, Match)
			if e == nil {
				t.Fatal(problems)
			}
			projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
			if err != nil {
				t.Fatal(err)
			}
			ev := drawEvent(t, schema, projection)
			slot := ev.Value.Slots[projection.Slot(path)]
			got, err := e.Text(projection)(ev)
			switch {
			case path == "referrer":
				if err != nil || got != []string{"null", "string", "shop.Campaign"}[slot.N] {
					t.Fatalf("%s of %+v is %q, %v", src, slot, got, err)
				}
			case slot.Null != errors.Is(err, ErrNull) || !slot.Null && (err != nil || got != slot.S):
				t.Fatalf("%s of %+v is %q, %v", src, slot, got, err)
			}
		}
	})
}

// FuzzCheck holds Check to never panicking, and its problems to lie within the text.
func FuzzCheck(f *testing.F) {
	schema := orderSchema(f)
	f.Add(signup)
	f.Add(`value.tags.exists(t, t == "a") && has(value.billing.zip) || {"a": [1u]}["a"][0] == 1u ? true : b"x" == r'\x'`)
	f.Add(strings.Repeat("(", 300))
	f.Add(strings.Repeat("!", 3000) + "true")
	f.Add("value.é == '\xff'")
	f.Fuzz(func(t *testing.T, src string) {
		for _, want := range []Want{Bool, Key, Match, Any, Order} {
			e, problems := Check(src, Env{Value: schema.Type}, want)
			if (e == nil) != (len(problems) > 0) {
				t.Fatalf("expression %v with problems %v", e, problems)
			}
			for _, p := range problems {
				if p.Offset < 0 || p.End < p.Offset || p.End > len(src) || p.What == "" {
					t.Fatalf("problem %+v of a text of %d bytes", p, len(src))
				}
			}
		}
	})
}

func BenchmarkSignup(b *testing.B) {
	e, l, ev := compileSignup(b, signup, Bool)
	slow := *e
	if err := slow.ready(); err != nil {
		b.Fatal(err)
	}
	fast, slowly := e.Bool(l), slow.compiler(l).slowBool()
	b.Run("closures", func(b *testing.B) {
		for b.Loop() {
			fast(ev)
		}
	})
	b.Run("cel-go", func(b *testing.B) {
		for b.Loop() {
			slowly(ev)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	schema := orderSchema(b)
	for b.Loop() {
		Check(`value.paid && value.age >= 18 && value.plan in ["PRO", "FREE"]`, Env{Value: schema.Type}, Bool)
	}
}
