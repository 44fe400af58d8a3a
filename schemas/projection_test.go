package schemas

import (
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/linkedin/goavro/v2"
	"pgregory.net/rapid"
)

// pathsOf lists the paths in t down to some depth, with their types.
func pathsOf(t *Type, path string, depth int, to map[string]*Type) {
	to[path] = t
	record, _ := t.Optional()
	if depth == 0 || record.Kind != Record {
		return
	}
	for _, f := range record.Fields {
		pathsOf(f.Type, joinPath(path, f.Name), depth-1, to)
	}
}

func (g *generator) paths(t *Type) []string {
	all := map[string]*Type{}
	pathsOf(t, "", 3, all)
	var chosen []string
	for _, path := range sortedKeys(all) {
		if g.pick(3, "path") == 0 {
			chosen = append(chosen, path)
		}
	}
	return chosen
}

func sortedKeys(m map[string]*Type) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	// Drawing must not depend on the order of a map.
	for i := range keys {
		for j := i; j > 0 && keys[j] < keys[j-1]; j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
	return keys
}

// at gives what stands at a path in a decoded value.
func at(value any, path string) any {
	if path == "" {
		return value
	}
	for name := range strings.SplitSeq(path, ".") {
		record, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = record[name]
	}
	return value
}

// checkSlot holds a slot against the decoded value.
func checkSlot(t *rapid.T, kind *Type, slot stage.Slot, want any) {
	record, optional := kind.Optional()
	if want == nil && (optional || kind.Kind != Union || slot.Null) {
		if !slot.Null || slot.S != "" || slot.N != 0 && kind.Kind != Union {
			t.Fatalf("slot %+v of null", slot)
		}
		return
	}
	if slot.Null {
		t.Fatalf("null slot of %v", want)
	}
	var got any
	switch kind = record; {
	case kind.Kind == Boolean:
		got = slot.N == 1
	case kind.Kind == Int || kind.Kind == Long:
		got = slot.N
		switch w := want.(type) {
		case time.Duration:
			want = w.Microseconds()
		case time.Time:
			want = w.UnixMicro()
			if kind.Logical == Date {
				want = w.Unix() / 86400
			}
		}
	case kind.Kind == Float || kind.Kind == Double:
		got = math.Float64frombits(uint64(slot.N))
	case kind.Kind == Enum:
		got = slot.S
		if kind.Symbols[slot.N] != slot.S {
			t.Fatalf("index %d of symbol %s", slot.N, slot.S)
		}
	case kind.Kind == String:
		got = slot.S
	case kind.Kind == Bytes || kind.Kind == Fixed:
		got, _ = scalar(&Type{code: codeFixed, Logical: kind.Logical, Scale: kind.Scale}, []byte(slot.S))
	default:
		if kind.Kind == Union {
			kind = kind.Branches[slot.N]
		}
		var err error
		if got, err = DecodeAny(kind, slot.S); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("slot %+v of type %s is %v, want %v", slot, kind.Kind, got, want)
	}
}

// stale is a row that another record has left behind.
func stale(n int) stage.Row {
	row := stage.Row{Slots: make([]stage.Slot, n), Err: ErrTombstone}
	for i := range row.Slots {
		row.Slots[i] = stage.Slot{N: -1, S: "stale", Null: i%2 == 0}
	}
	return row
}

// A projection gives what decoding everything gives.
func TestProjectionAgreesWithDecoding(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		s := g.schema()
		data := g.value(Confluent.Append(nil, 7), s.Type, 0)
		body, id, err := Confluent.Strip(data)
		if err != nil || id != 7 {
			rt.Fatal(id, err)
		}
		whole, err := DecodeAny(s.Type, string(body))
		if err != nil {
			rt.Fatal(err)
		}
		types := map[string]*Type{}
		pathsOf(s.Type, "", 3, types)
		paths := g.paths(s.Type)
		p, err := NewProjection(s, Confluent, paths)
		if err != nil {
			rt.Fatal(err)
		}
		row := stale(p.Len())
		p.Read(data, &row)
		if row.Err != nil || row.Filled != p.Len() || p.Len() != len(paths) {
			rt.Fatalf("filled %d of %d for %v: %v", row.Filled, p.Len(), paths, row.Err)
		}
		for _, path := range paths {
			checkSlot(rt, types[path], row.Slots[p.Slot(path)], at(whole, path))
		}
	})
}

// Whatever is wrong with a record, a slot is filled or not whether or not other slots are read.
func TestProjectionIgnoresItsNeighbours(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		s := g.schema()
		data := g.value([]byte{}, s.Type, 0)
		for range g.pick(3, "damages") {
			if len(data) > 0 {
				data[g.pick(len(data), "where")] = rapid.Byte().Draw(rt, "damage")
			}
		}
		data = data[:g.pick(len(data)+1, "cut")]
		paths := g.paths(s.Type)
		together, err := NewProjection(s, Bare, paths)
		if err != nil {
			rt.Fatal(err)
		}
		var row stage.Row
		together.Read(data, &row)
		if (row.Err == nil) != (row.Filled == together.Len()) {
			rt.Fatalf("filled %d of %d: %v", row.Filled, together.Len(), row.Err)
		}
		if row.Err == nil && together.Slot("") >= 0 {
			if _, err := DecodeAny(s.Type, row.Slots[together.Slot("")].S); err != nil {
				rt.Fatal(err)
			}
		}
		for _, path := range paths {
			alone, err := NewProjection(s, Bare, []string{path})
			if err != nil {
				rt.Fatal(err)
			}
			var one stage.Row
			alone.Read(data, &one)
			slot := together.Slot(path)
			if (one.Filled == 1) != (slot < row.Filled) {
				rt.Fatalf("%q alone: %v; with %v: filled %d, %v\n%s\n%x", path, one.Err, paths, row.Filled, row.Err, s.Text, data)
			}
			if one.Filled == 1 && one.Slots[0] != row.Slots[slot] {
				rt.Fatalf("%q alone %+v, together %+v", path, one.Slots[0], row.Slots[slot])
			}
		}
	})
}

// plainly brings what goavro decodes to the form of DecodeAny.
func plainly(t *Type, v any) any {
	switch t.Kind {
	case Int:
		return int64(v.(int32))
	case Float:
		return float64(v.(float32))
	case Record:
		record := map[string]any{}
		for _, f := range t.Fields {
			record[f.Name] = plainly(f.Type, v.(map[string]any)[f.Name])
		}
		return record
	case Array:
		items := []any{}
		for _, item := range v.([]any) {
			items = append(items, plainly(t.Items, item))
		}
		return items
	case Map:
		entries := map[string]any{}
		for key, item := range v.(map[string]any) {
			entries[key] = plainly(t.Items, item)
		}
		return entries
	case Union:
		for _, b := range t.Branches {
			if wrapped, ok := v.(map[string]any); ok {
				if content, ok := wrapped[b.branchName()]; ok {
					return plainly(b, content)
				}
			}
		}
		return nil
	}
	return v
}

// DecodeAny gives what goavro gives.
func TestDecodeAgreesWithGoavro(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, blocks: true}
		s := g.schema()
		reference, err := goavro.NewCodec(s.Text)
		if err != nil {
			rt.Fatal(err)
		}
		data := g.value([]byte{}, s.Type, 0)
		theirs, rest, err := reference.NativeFromBinary(data)
		if err != nil || len(rest) > 0 {
			rt.Fatal(err, rest)
		}
		ours, err := DecodeAny(s.Type, string(data))
		if err != nil {
			rt.Fatal(err)
		}
		if want := plainly(s.Type, theirs); !reflect.DeepEqual(ours, want) {
			rt.Fatalf("%s\nours   %v\ntheirs %v", s.Text, ours, want)
		}
	})
}

func TestReadAllocatesNothing(t *testing.T) {
	s := signupSchema(t)
	p, err := NewProjection(s, Bare, []string{"user_id", "country", "plan", "referrer", "created_at", "marketing_opt_in", "age", ""})
	if err != nil {
		t.Fatal(err)
	}
	records := signups(64)
	var row stage.Row
	p.Read(records[0], &row)
	if n := testing.AllocsPerRun(10, func() {
		for _, data := range records {
			if p.Read(data, &row); row.Err != nil {
				t.Fatal(row.Err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations in %d records", n, len(records))
	}
}

// What claims more than it sends is refused at once.
func TestBombs(t *testing.T) {
	huge := binary.AppendVarint(nil, math.MaxInt64)
	least := append(binary.AppendVarint(nil, math.MinInt64), 2)
	for name, bomb := range map[string]struct{ schema, data string }{
		"nulls":           {`{"type":"array","items":"null"}`, string(huge) + "\x00"},
		"empty records":   {`{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, string(huge) + "\x00"},
		"ints":            {`{"type":"array","items":"int"}`, string(huge)},
		"map":             {`{"type":"map","values":"null"}`, string(huge)},
		"least count":     {`{"type":"array","items":"int"}`, string(least)},
		"string":          {`"string"`, string(huge)},
		"negative string": {`"string"`, "\x01"},
		"bytes":           {`"bytes"`, string(huge) + "abc"},
		"depth":           {`{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}`, strings.Repeat("\x02", 1<<20)},
		"long varint":     {`"long"`, strings.Repeat("\xff", 11)},
	} {
		s, err := Parse([]byte(bomb.schema))
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewProjection(s, Bare, []string{""})
		if err != nil {
			t.Fatal(err)
		}
		var row stage.Row
		p.Read([]byte(bomb.data), &row)
		var format *FormatError
		if !errors.As(row.Err, &format) || row.Filled != 0 {
			t.Errorf("%s: projection: %v", name, row.Err)
		}
		if _, err := DecodeAny(s.Type, bomb.data); !errors.As(err, &format) {
			t.Errorf("%s: DecodeAny: %v", name, err)
		}
		if _, err := NewCodec(s).ToJSON([]byte(bomb.data)); !errors.As(err, &format) {
			t.Errorf("%s: ToJSON: %v", name, err)
		}
	}
}

func TestTombstoneAndFraming(t *testing.T) {
	p, err := NewProjection(signupSchema(t), Confluent, []string{"user_id"})
	if err != nil {
		t.Fatal(err)
	}
	var row stage.Row
	if p.Read(nil, &row); !errors.Is(row.Err, ErrTombstone) || row.Filled != 0 {
		t.Error(row.Err)
	}
	for _, data := range []string{"", "\x01", "\x00", "\x00abc", "\x01abcdefgh"} {
		if p.Read([]byte(data), &row); !errors.Is(row.Err, ErrFraming) || row.Filled != 0 {
			t.Errorf("%q: %v", data, row.Err)
		}
	}
}

func TestTimesBeyondMicroseconds(t *testing.T) {
	s := parsed(t, `{"type":"record","name":"A","fields":[{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}`)
	p, err := NewProjection(s, Bare, []string{"at"})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int64]int64{math.MaxInt64: math.MaxInt64, math.MinInt64: math.MinInt64, -5: -5000} {
		row := stale(1)
		if p.Read(binary.AppendVarint(nil, n), &row); row.Err != nil || row.Slots[0].N != want {
			t.Errorf("%d ms is %d µs, %v; want %d", n, row.Slots[0].N, row.Err, want)
		}
	}
}

// The same depth is refused whichever way the projection leads there.
func TestDepthIsThatOfTheValue(t *testing.T) {
	s := parsed(t, `{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]},{"name":"x","type":"int"}]}`)
	for depth := MaxDepth/2 - 3; depth < MaxDepth/2+3; depth++ {
		data := []byte(strings.Repeat("\x02", depth) + "\x00" + strings.Repeat("\x02", depth+1))
		var filled []int
		for _, path := range []string{"x", "next.next.x", "next.next.next.next.x", ""} {
			p, err := NewProjection(s, Bare, []string{path, "x"})
			if err != nil {
				t.Fatal(err)
			}
			row := stale(p.Len())
			p.Read(data, &row)
			filled = append(filled, min(1, row.Filled))
		}
		if min(filled[0], filled[1], filled[2], filled[3]) != max(filled[0], filled[1], filled[2], filled[3]) {
			t.Errorf("depth %d: %v", depth, filled)
		}
	}
}

func TestRepeatedKeys(t *testing.T) {
	s := parsed(t, `{"type":"map","values":"int"}`)
	data := "\x0a\x02a\x02\x02b\x04\x02b\x06\x02a\x08\x02c\x0a\x00"
	line, err := NewCodec(s).ToJSON([]byte(data))
	if err != nil || string(line) != `{"b":3,"a":4,"c":5}` {
		t.Errorf("%s, %v", line, err)
	}
	elements, err := NewElements(s.Type)
	if err != nil {
		t.Fatal(err)
	}
	if slot, _, _ := elements.Find(data, "a"); slot.N != 4 {
		t.Errorf("found %d", slot.N)
	}
}
