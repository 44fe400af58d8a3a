package fingerprint

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/topology"
)

const head = `
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
`

// base is in → keep → mid → all → a, b; mid has no topic.
const base = head + `
  in: {topic: in, schema: user.avsc, partitions: 2}
  a: {topic: a, partitions: 2}
  b: {topic: b, partitions: 4}
operators:
  keep: {type: filter, from: in, where: value.age > 18, to: mid}
  all: {type: copier, from: mid, to: [a, keyed]}
  spread: {type: sharder, from: keyed, by: value.id, to: b}
on_error: {dead_letter: dlq}
`

const user = `{"type":"record","name":"User","fields":[{"name":"id","type":"string"},{"name":"age","type":"int"}%s]}`

func parse(t *testing.T, text, more string) *topology.Pipeline {
	t.Helper()
	p, err := topology.Parse("p.yaml", []byte(text), topology.Options{ReadFile: func(string) ([]byte, error) {
		return fmt.Appendf(nil, user, more), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// subsOf are the sub-topologies of a text; the first is called in.
func subsOf(t *testing.T, text, more string) []*Sub {
	t.Helper()
	p := parse(t, text, more)
	var all []*Sub
	for _, sub := range p.Subs {
		all = append(all, Of(p, sub))
	}
	if all[0].Name != "in" {
		t.Fatalf("the first sub-topology is %s", all[0].Name)
	}
	return all
}

func subOf(t *testing.T, text, more string) *Sub {
	t.Helper()
	return subsOf(t, text, more)[0]
}

// classOf is the class of going from one mark to another.
func classOf(from, to Mark, file ...*Sub) Class {
	if from.print == to.print {
		return None
	}
	return Worst(Judge(from, to, file))
}

// Each change of a file has the class that the table of docs/plan.md says.
func TestClasses(t *testing.T) {
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(base) }
	cut := edit("operators:", "  mid: {topic: mid, partitions: 2}\noperators:")
	sharded := edit("to: b}", "to: c}\n  last: {type: filter, from: c, where: 'true', to: b}", "operators:", "  c: {topic: c}\noperators:")
	cutKeyed := edit("operators:", "  keyed: {topic: keyed}\noperators:")
	for name, c := range map[string]struct {
		from, to string
		more     string // a field that the schema of to has besides
		class    Class
		says     string
	}{
		"nothing":                   {from: base, to: base, class: None},
		"order of the file":         {from: base, to: edit("  a: {topic: a, partitions: 2}\n  b: {topic: b, partitions: 4}\n", "  b: {topic: b, partitions: 4}\n  a: {topic: a, partitions: 2}\n"), class: None},
		"an expression":             {from: base, to: edit("18", "21"), class: Rolling},
		"an operator renamed":       {from: base, to: edit("keep:", "kept:"), class: Rolling},
		"one operator more":         {from: base, to: edit("to: mid}", "to: m}\n  more: {type: filter, from: m, where: 'true', to: mid}"), class: Rolling},
		"one output more":           {from: base, to: edit("[a, ", "[c, a, ", "operators:", "  c: {topic: c}\noperators:"), class: Rolling, says: "c is written too"},
		"one output less":           {to: base, from: edit("[a, ", "[c, a, ", "operators:", "  c: {topic: c}\noperators:"), class: Rolling, says: "c is no longer written"},
		"another output topic":      {from: base, to: edit("topic: a,", "topic: a2,"), class: Rolling, says: "a2 is written too"},
		"a stream gets a topic":     {from: base, to: cut, class: Rolling, says: "mid is written too"},
		"a stream loses its topic":  {from: cut, to: base, class: Drain, says: "mid no longer leads to another sub-topology"},
		"another input topic":       {from: base, to: edit("topic: in,", "topic: in2,"), class: Drain, says: "in is no longer read"},
		"one input topic more":      {from: base, to: edit("topic: in,", "topics: [in, in2],"), class: Drain, says: "in2 is read too"},
		"another schema":            {from: base, to: base, more: `,{"name":"x","type":"int"}`, class: Drain, says: "in is read with another schema"},
		"sharded by something else": {from: base, to: edit("by: value.id", "by: value.age"), class: Rebuild, says: "b is sharded in another way"},
		"another hash":              {from: base, to: edit("by: value.id", "hash: rendezvous, by: value.id"), class: Rebuild},
		"another key":               {from: base, to: edit("by: value.id", "key: by, by: value.id"), class: Rebuild},
		"sharded within":            {from: sharded, to: strings.Replace(sharded, "by: value.id", "by: value.age", 1), class: Drain, says: "c is sharded in another way: it has to be read"},
		"sharded elsewhere":         {from: base, to: strings.Replace(cutKeyed, "by: value.id", "by: value.age", 1), class: Rebuild, says: "b is sharded in another way"},
		"cut before a sharder":      {from: base, to: cutKeyed, class: Rolling},
		"other dead letters":        {from: base, to: edit("dlq", "dlq2"), class: Rolling},
	} {
		t.Run(name, func(t *testing.T) {
			from, file := subOf(t, c.from, ""), subsOf(t, c.to, c.more)
			to := file[0]
			if got := classOf(from.Mark(), to.Mark(), file...); got != c.class {
				t.Errorf("%s, want %s: %v", got, c.class, Compare(from, to, file))
			}
			if text := fmt.Sprint(Compare(from, to, file)); !strings.Contains(text, c.says) {
				t.Errorf("%s does not say %q", text, c.says)
			}
		})
	}
}

// A fourth stream to spread over moves a share of the keys away from the three.
func TestSpreadOverMore(t *testing.T) {
	text := head + `
  in: {topic: in, schema: user.avsc}
  s0: {topic: s0}
  s1: {topic: s1}
operators:
  spread: {type: sharder, from: in, by: value.id, to: [s0, s1]}
`
	more := strings.NewReplacer("operators:", "  s2: {topic: s2}\noperators:", "s1]", "s1, s2]").Replace(text)
	if got := classOf(subOf(t, text, "").Mark(), subOf(t, more, "").Mark()); got != Rebuild {
		t.Errorf("%s, want rebuild", got)
	}
}

func TestDifferences(t *testing.T) {
	to := strings.NewReplacer("18", "21", "all:", "both:", "dlq", "dlq2").Replace(base)
	from, now := subOf(t, base, ""), subOf(t, to, `,{"name":"x","type":"int"}`)
	got := Differences(from, now, []*Sub{now}, []*Sub{from})
	var texts []string
	for _, d := range got {
		texts = append(texts, fmt.Sprintf("%s %s: %q → %q", d.What, d.Name, d.From, d.To))
	}
	text := strings.Join(texts, "\n")
	for _, want := range []string{
		`operator both: "" → "copier"`, `operator all: "copier" → ""`, `operator keep.where: "value.age > 18" → "value.age > 21"`,
		`contract in.value: "avro User `, `dead letters on_error.dead_letter: "dlq" → "dlq2"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "spread") {
		t.Errorf("spread is the same:\n%s", text)
	}
}

// drawSub draws a description with few names, so that two of them have much in common.
func drawSub(t *rapid.T, most int) *Sub {
	s := &Sub{Pipeline: "p", Name: "in"}
	topics := rapid.SliceOfDistinct(rapid.IntRange(0, most), rapid.ID)
	for _, n := range topics.Draw(t, "reads") {
		s.Reads = append(s.Reads, Read{Topic: fmt.Sprint("t", n), Schema: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "schema")})
	}
	for _, n := range topics.Draw(t, "writes") {
		s.Writes = append(s.Writes, Write{Topic: fmt.Sprint("t", n), Inner: rapid.Bool().Draw(t, "inner"), By: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "by")})
	}
	return s
}

// What stands beside a position says the same as the descriptions do, and never less where they are too long for it.
func TestMarksSayWhatDescriptionsSay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.SampledFrom([]int{3, 60}).Draw(rt, "most")
		from, to := drawSub(rt, most), drawSub(rt, most)
		var marks [2]Mark
		for i, s := range []*Sub{from, to} {
			text := s.Mark().String()
			var err error
			if marks[i], err = ParseMark(text); err != nil || !reflect.DeepEqual(marks[i], s.Mark()) {
				rt.Fatalf("%v comes back as %v, %v", s.Mark(), marks[i], err)
			}
			if len(text) > MarkBytesMax {
				rt.Fatalf("%d bytes", len(text))
			}
		}
		want := None
		if from.Print() != to.Print() {
			want = Worst(Compare(from, to, []*Sub{to}))
		}
		got := classOf(marks[0], marks[1], to)
		fit := len(from.whole().facts) <= factsMax && len(to.whole().facts) <= factsMax
		if got < want || fit && got != want {
			rt.Errorf("marks say %s, descriptions %s", got, want)
		}
	})
}

func FuzzParseMark(f *testing.F) {
	f.Add((&Sub{Name: "x", Reads: []Read{{Topic: "t", Schema: "s"}}}).Mark().String())
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMark(text)
		if err == nil && m.String() != text {
			t.Errorf("%q comes back as %q", text, m.String())
		}
	})
}

// Of more facts than fit it is known only that they differ, which is taken for the worst.
func TestTooManyFacts(t *testing.T) {
	from, to := &Sub{}, &Sub{}
	for i := range 2 * factsMax {
		from.Writes = append(from.Writes, Write{Topic: fmt.Sprint("t", i)})
	}
	to.Writes = append(to.Writes, from.Writes[1:]...)
	if got := Worst(Compare(from, to, []*Sub{to})); got != Rolling {
		t.Errorf("with all known: %s", got)
	}
	if got := classOf(from.Mark(), to.Mark(), to); got != Rebuild {
		t.Errorf("with marks alone: %s", got)
	}
	to.Writes, to.DeadLetters = from.Writes, "dlq"
	if got := classOf(from.Mark(), to.Mark(), to); got != Rolling {
		t.Errorf("with the same facts: %s", got)
	}
}

// An operator that moves to another sub-topology stays the same operator.
func TestOperatorsMove(t *testing.T) {
	now := subsOf(t, strings.NewReplacer("operators:", "  keyed: {topic: keyed}\noperators:", "value.id", "value.age").Replace(base), "")
	before := subsOf(t, base, "")
	forth := fmt.Sprint(Differences(before[0], now[0], now, before), Differences(&Sub{}, now[1], now, before))
	if want := "[{operator spread.sub-topology in keyed} {operator spread.by value.id value.age}"; !strings.HasPrefix(forth, want) || strings.Count(forth, "spread") != 2 {
		t.Errorf("forth: %s", forth)
	}
	back := fmt.Sprint(Differences(now[0], before[0], before, now), Gone(now[1].Mark(), before))
	if strings.Contains(back, "spread") || !strings.Contains(back, "b is sharded in another way") {
		t.Errorf("back: %s", back)
	}
}

// What an ordered merger holds was put in order by what the file said then.
func TestOrderChanged(t *testing.T) {
	ordered := func(by string) *Sub {
		return &Sub{Operators: []Operator{{Name: "union", Type: "merger", Settings: []topology.Setting{{Name: "order_by", Value: by}}}}}
	}
	for _, to := range []*Sub{ordered("value.at"), {}} {
		if got := Compare(ordered("timestamp"), to, []*Sub{to}); len(got) != 1 || got[0].Class != Drain || !strings.Contains(got[0].String(), "union holds events in another order") {
			t.Errorf("got %v", got)
		}
	}
}
