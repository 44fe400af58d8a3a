package schemas

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// Elements gives what decoding the whole array or map gives.
func TestElementsAgreeWithDecoding(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		holder := []any{map[string]any{"type": "array", "items": g.kind(2)}, map[string]any{"type": "map", "values": g.kind(2)}}[g.pick(2, "holder")]
		s := g.parse(holder)
		data := string(g.value([]byte{}, s.Type, 0))
		whole, err := DecodeAny(s.Type, data)
		if err != nil {
			rt.Fatal(err)
		}
		elements, err := NewElements(s.Type)
		if err != nil {
			rt.Fatal(err)
		}
		n, seen := 0, map[string]bool{}
		it := elements.Iterate(data)
		for it.Next() {
			if s.Type.Kind == Array {
				checkSlot(rt, s.Type.Items, it.Slot, whole.([]any)[n])
			} else {
				seen[it.Key] = true
				slot, found, err := elements.Find(data, it.Key)
				if !found || err != nil {
					rt.Fatalf("key %q: %v %v", it.Key, found, err)
				}
				checkSlot(rt, s.Type.Items, slot, whole.(map[string]any)[it.Key])
			}
			n++
		}
		length, err := elements.Len(data)
		if it.Err != nil || err != nil || length != n || n < reflect.ValueOf(whole).Len() {
			rt.Fatalf("%d elements, length %d: %v, %v", n, length, it.Err, err)
		}
		if _, found, err := elements.Find(data, "none"); s.Type.Kind == Map && (found || err != nil) {
			rt.Fatal(found, err)
		}
		if cut := data[:g.pick(len(data), "cut")]; len(cut) < len(data) {
			it := elements.Iterate(cut)
			for it.Next() {
			}
			if it.Err == nil {
				rt.Fatalf("no error in %x of %x", cut, data)
			}
		}
	})
}

func TestElementsAllocateNothing(t *testing.T) {
	s, err := Parse([]byte(`{"type":"map","values":["null","string"]}`))
	if err != nil {
		t.Fatal(err)
	}
	value, err := NewCodec(s).FromJSON([]byte(`{"a":"x","b":null,"c":"y"}`))
	if err != nil {
		t.Fatal(err)
	}
	encoded := string(value)
	elements, err := NewElements(s.Type)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if slot, found, err := elements.Find(encoded, "c"); !found || err != nil || slot.S != "y" {
			t.Fatal(slot, found, err)
		}
		if n, err := elements.Len(encoded); n != 3 || err != nil {
			t.Fatal(n, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
