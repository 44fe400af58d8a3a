package tally

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// shape makes a shape of operators that emit to as many streams as widths say.
func shape(name string, widths ...int) *Shape {
	sub := &topology.Sub{}
	for i, n := range widths {
		op := &topology.Operator{Name: name + string(rune('a'+i)), Type: "copier"}
		for k := range n {
			op.To = append(op.To, topology.Port{Stream: &topology.Stream{Name: op.Name + string(rune('a'+k))}})
		}
		sub.Operators = append(sub.Operators, op)
	}
	return Of(sub)
}

func drawSheet(t *rapid.T, s *Shape) *Sheet {
	n := rapid.OneOf(rapid.Uint64Range(0, 300), rapid.Uint64())
	sheet := s.Begin(rapid.Int64Range(0, math.MaxInt64).Draw(t, "from"), n.Draw(t, "earlier"))
	sheet.Records = n.Draw(t, "records")
	for i := range sheet.Operators {
		c := &sheet.Operators[i]
		c.In, c.Passed, c.Dropped, c.Dead = n.Draw(t, "in"), n.Draw(t, "passed"), n.Draw(t, "dropped"), n.Draw(t, "dead")
		for k := range c.Emitted {
			c.Emitted[k] = n.Draw(t, "emitted")
		}
	}
	return sheet
}

func TestReadIsTheInverseOfAppend(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := shape("x", rapid.SliceOfN(rapid.IntRange(0, 5), 1, 8).Draw(rt, "widths")...)
		want := drawSheet(rt, s)
		note, err := s.Append([]byte("before"), want, transport.NoteBytesMax)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := s.Read(string(note[len("before"):]), math.MaxInt64)
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			rt.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// Whatever cannot be carried on is told apart, and the counts begin where the position stands.
func TestWhatCannotBeCarriedOn(t *testing.T) {
	s := shape("x", 1, 2)
	sheet := s.Begin(5, 2)
	sheet.Records, sheet.Operators[0].In = 9, 9
	good, err := s.Append(nil, sheet, transport.NoteBytesMax)
	if err != nil {
		t.Fatal(err)
	}
	large, err := s.Append(nil, sheet, 20)
	if !errors.Is(err, ErrLarge) {
		t.Fatalf("got %v", err)
	}
	other, err := shape("y", 1, 2).Append(nil, sheet, transport.NoteBytesMax)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		note    string
		earlier uint64
		err     error
	}{
		"nothing":                {"", 0, nil},
		"another shape":          {string(other), 3, ErrShape},
		"too large":              {string(large), 3, ErrLarge},
		"another version":        {"\x02" + string(good[1:]), 1, ErrVersion},
		"cut":                    {string(good[:len(good)-1]), 3, ErrVersion},
		"more":                   {string(good) + "\x00", 3, ErrVersion},
		"cut in the fingerprint": {string(good[:4]), 1, ErrVersion},
		"somebody else's":        {"v1;offsets", 1, ErrVersion},
	} {
		got, err := s.Read(c.note, 100)
		if !errors.Is(err, c.err) || got.From != 100 || got.Earlier != c.earlier || got.Records != 0 || got.Operators[0].In != 0 {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if _, err := s.Read(string(good), 4); !errors.Is(err, ErrVersion) {
		t.Errorf("a sheet that begins behind its position: %v", err)
	}
}

func TestAddAndSet(t *testing.T) {
	sub := &topology.Sub{Operators: []*topology.Operator{{
		Name: "s", Type: "splitter",
		To: []topology.Port{{Stream: &topology.Stream{Name: "z"}}, {Word: "drop"}, {Stream: &topology.Stream{Name: "a"}}, {Stream: &topology.Stream{Name: "z"}}},
	}}}
	s := Of(sub)
	sheet, copied := s.Begin(0, 0), s.Begin(7, 1)
	for range 2 {
		s.Add(sheet, 10, []stage.Counts{{In: 10, Passed: 7, Dropped: 2, Dead: 1, Emitted: []uint64{1, 0, 2, 4}}})
	}
	want := []stage.Counts{{In: 20, Passed: 14, Dropped: 4, Dead: 2, Emitted: []uint64{4, 10}}}
	if sheet.Records != 20 || !reflect.DeepEqual(sheet.Operators, want) {
		t.Errorf("got %+v", sheet)
	}
	copied.Set(sheet)
	s.Add(sheet, 1, []stage.Counts{{Emitted: []uint64{1, 0, 1, 1}}})
	if copied.From != 0 || copied.Records != 20 || !reflect.DeepEqual(copied.Operators, want) {
		t.Errorf("got %+v", copied)
	}
	if allocs := testing.AllocsPerRun(10, func() { copied.Set(sheet); s.Add(sheet, 1, want[:0]) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

const file = `
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in: {topic: in, value: {format: string}}
  a: {topic: a}
  b: {topic: b}
operators:
`

func shapeOf(t *testing.T, operators string) *Shape {
	t.Helper()
	p, err := topology.Parse("p.yaml", []byte(file+operators), topology.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Of(p.Subs[0])
}

// A shape is what is counted: what the file says otherwise may change.
func TestShapesOfFiles(t *testing.T) {
	const (
		split  = "  s: {type: splitter, from: in, when: [{if: 'key != null && key == \"x\"', to: mid}], otherwise: b}\n"
		copies = "  c: {type: copier, from: mid, to: [a]}\n"
	)
	base := shapeOf(t, split+copies)
	for name, operators := range map[string]string{
		"order of operators": copies + split,
		"expression":         strings.ReplaceAll(split, `"x"`, `"y"`) + copies,
		"order of ports":     "  s: {type: splitter, from: in, when: [{if: 'key != null && key == \"x\"', to: b}], otherwise: mid}\n" + copies,
		"one more condition": strings.Replace(split, "}], o", "}, {if: 'key != null && key == \"z\"', to: drop}], o", 1) + copies,
	} {
		if shapeOf(t, operators).print != base.print {
			t.Errorf("%s: another shape", name)
		}
	}
	for name, operators := range map[string]string{
		"operator's name": strings.Replace(split, "  s:", "  t:", 1) + copies,
		"stream's name":   strings.ReplaceAll(split+copies, "mid", "other"),
		"type":            split + "  c: {type: filter, from: mid, where: 'true', to: a}\n",
		"one more":        split + "  d: {type: copier, from: mid, to: [o]}\n  c: {type: copier, from: o, to: [a]}\n",
	} {
		if shapeOf(t, operators).print == base.print {
			t.Errorf("%s: the same shape", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	s := shape("x", 1, 2, 0)
	sheet := s.Begin(3, 1)
	sheet.Records, sheet.Operators[1].Emitted[1] = 5, math.MaxUint64
	note, _ := s.Append(nil, sheet, transport.NoteBytesMax)
	f.Add(string(note), int64(10))
	f.Fuzz(func(t *testing.T, note string, position int64) {
		got, err := s.Read(note, position)
		switch {
		case err != nil && (got.From != position || got.Records != 0):
			t.Errorf("counts of a note that is refused: %+v", got)
		case err == nil && note != "":
			again, err := s.Append(nil, got, transport.NoteBytesMax)
			if back, err2 := s.Read(string(again), position); err != nil || err2 != nil || !reflect.DeepEqual(back, got) {
				t.Errorf("%+v does not come back: %+v, %v, %v", got, back, err, err2)
			}
		}
	})
}
