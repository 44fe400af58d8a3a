package schemas

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"pgregory.net/rapid"
)

// exactly reads as Projection.Read does, but every step by the reader.
func exactly(p *Projection, data []byte, row *stage.Row) {
	r := reader{data: data}
	row.Slots, row.Filled, row.Err = make([]stage.Slot, p.slots), p.slots, nil
	for i := 0; i < len(p.ops); {
		o := &p.ops[i]
		r.depth = o.depth
		next, ok := r.step(o, i, row.Slots)
		if !ok {
			row.Filled, row.Err = int(o.filled), r.err(o.path)
			return
		}
		i = next
	}
}

// sameRows holds what two readers fill and say against each other.
func sameRows(t rapid.TB, p *Projection, data []byte) {
	swift, exact := stale(p.Len()), stage.Row{}
	p.Read(data, &swift)
	exactly(p, data, &exact)
	if swift.Filled != exact.Filled || !reflect.DeepEqual(swift.Err, exact.Err) {
		t.Fatalf("swiftly %d, %v; exactly %d, %v\n%x", swift.Filled, swift.Err, exact.Filled, exact.Err, data)
	}
	if a, b := swift.Slots[:swift.Filled], exact.Slots[:exact.Filled]; !reflect.DeepEqual(a, b) {
		t.Fatalf("swiftly %+v; exactly %+v\n%x", a, b, data)
	}
}

// The swift steps give what the reader gives, and say what it says, of whole and of broken records.
func TestSwiftStepsAreExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		s := g.schema()
		data := g.value([]byte{}, s.Type, 0)
		p, err := NewProjection(s, Bare, g.paths(s.Type))
		if err != nil {
			rt.Fatal(err)
		}
		sameRows(rt, p, data)
		for range g.pick(3, "damages") {
			if len(data) > 0 {
				data[g.pick(len(data), "where")] = rapid.Byte().Draw(rt, "damage")
			}
		}
		sameRows(rt, p, data[:g.pick(len(data)+1, "cut")])
	})
}

// Texts of every length, each of their bytes damaged, and every cut of them; before other values and last in the record.
func TestSwiftTexts(t *testing.T) {
	s := parsed(t, `{"type":"record","name":"R","fields":[{"name":"a","type":"string"},{"name":"b","type":"bytes"},{"name":"c","type":"string"}]}`)
	whole, err := NewProjection(s, Bare, []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	last, err := NewProjection(s, Bare, []string{"", "c"})
	if err != nil {
		t.Fatal(err)
	}
	for _, before := range []int{0, 9} {
		for n := range 140 {
			text := bytes.Repeat([]byte("x"), n)
			data := appendText(appendText(appendText(nil, text), text[:n/2]), text)
			if before > 0 {
				data = appendText(appendText(appendText(nil, text[:n/2]), []byte("123456789")), text)
			}
			for i := range data {
				sameRows(t, whole, data[:i])
				for _, damage := range []byte{0x80, 0x01, 0xff} {
					data[i] ^= damage
					sameRows(t, whole, data)
					sameRows(t, last, data)
					data[i] ^= damage
				}
			}
			sameRows(t, whole, data)
			sameRows(t, last, data)
		}
	}
}

// Every cut of records with every kind of value, and each byte of them replaced.
func TestSwiftDamage(t *testing.T) {
	every, null := everySchema(t), everyValue(t)
	var fields []string
	for _, f := range every.Type.Fields {
		fields = append(fields, f.Name)
	}
	some := append(null[:len(null)-1:len(null)-1], append([]byte{2}, null...)...)
	signup := signups(8)
	for _, c := range []struct {
		s       *Schema
		paths   [][]string
		records [][]byte
	}{
		{every, [][]string{fields, {"next"}, {"next.flag", "next.next"}, {"span"}, {"next.large", ""}}, [][]byte{null, some}},
		{signupSchema(t), [][]string{{"user_id", "age"}, {"plan", "referrer", "created_at"}, {"ip"}}, signup},
	} {
		for _, paths := range c.paths {
			p, err := NewProjection(c.s, Bare, paths)
			if err != nil {
				t.Fatal(err)
			}
			for _, data := range c.records {
				data = bytes.Clone(data)
				for i, b := range data {
					sameRows(t, p, data[:i])
					for _, other := range []byte{0, 1, 2, 3, 4, 5, 6, 8, 0x7e, 0x7f, 0x80, 0x81, 0xff} {
						data[i] = other
						sameRows(t, p, data)
					}
					data[i] = b
				}
				sameRows(t, p, data)
			}
		}
	}
}

// Longs of every width, cut everywhere, close to the end of the record and far from it.
func TestSwiftNumbers(t *testing.T) {
	s := parsed(t, `{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"F","size":6}},{"name":"n","type":"long"},{"name":"i","type":"int"},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"ns","type":{"type":"long","logicalType":"timestamp-nanos"}}]}`)
	for _, paths := range [][]string{{"n", "i", "at", "ns"}, {"i", "ns"}, {"at"}, {"n"}} {
		p, err := NewProjection(s, Bare, paths)
		if err != nil {
			t.Fatal(err)
		}
		for shift := range 64 {
			n := int64(math.MinInt64) >> shift
			for _, n := range []int64{n, ^n, n + 1} {
				data := binary.AppendVarint(binary.AppendVarint([]byte("fixed!"), n), int64(int32(n)))
				data = binary.AppendVarint(binary.AppendVarint(data, n), n)
				for i := range len(data) + 1 {
					sameRows(t, p, data[:i])
				}
			}
		}
	}
}

func appendText(to, text []byte) []byte {
	return append(binary.AppendVarint(to, int64(len(text))), text...)
}

// A skipped value that stands too deep is refused, however deep the steps lead to it.
func TestSwiftDepth(t *testing.T) {
	s := parsed(t, `{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]},{"name":"x","type":"int"},
		{"name":"side","type":{"type":"record","name":"S","fields":[{"name":"t","type":{"type":"record","name":"T","fields":[{"name":"n","type":"int"}]}}]}},
		{"name":"y","type":"int"}]}`)
	alone, err := NewProjection(s, Bare, []string{"y"})
	if err != nil {
		t.Fatal(err)
	}
	for levels := MaxDepth/2 - 6; levels < MaxDepth/2+1; levels++ {
		data := strings.Repeat("\x02", levels) + "\x00" + strings.Repeat("\x02\x02\x02", levels+1)
		deep, err := NewProjection(s, Bare, []string{strings.Repeat("next.", levels) + "y", "y"})
		if err != nil {
			t.Fatal(err)
		}
		one, two := stale(1), stale(2)
		alone.Read([]byte(data), &one)
		deep.Read([]byte(data), &two)
		if (one.Err == nil) != (two.Err == nil) {
			t.Errorf("%d levels: alone %v; with a deep field: %v", levels, one.Err, two.Err)
		}
	}
}
