package schemas

import (
	"fmt"
	"unsafe"

	"github.com/anabranch-go/anabranch/stage"
)

// Elements reads what stands in the Avro bytes of arrays or maps of one type, as a Projection leaves them in a slot.
// It allocates nothing, is read-only and safe for concurrent use.
type Elements struct {
	least    int
	keyed    bool
	optional bool
	item     op
}

// NewElements compiles a reader of the items of t, an array, or of the keys and values of t, a map.
func NewElements(t *Type) (*Elements, error) {
	if t.Kind != Array && t.Kind != Map {
		return nil, fmt.Errorf("read elements of type %s; only an array or a map has elements", t.Kind)
	}
	seal(t)
	item, optional := t.Items.Optional()
	e := &Elements{least: t.leastItem(), keyed: t.Kind == Map, optional: optional}
	e.item = op{code: readCode(item), typ: item, unit: unitOf(item.Logical), size: int32(item.Size), symbols: item.Symbols}
	if optional && t.Items.Branches[1] == item {
		e.item.branch = 1
	}
	return e, nil
}

// Iterator goes through the elements of one array or map in the order of the bytes. The zero Iterator has none.
type Iterator struct {
	Key  string     // of a map
	Slot stage.Slot // the element; as every slot
	Err  error      // why Next gave false before the end; nil at the end. Bytes that a Projection has read never break.

	elements *Elements
	r        reader
	left     int64
}

// Iterate begins to read the elements in the Avro bytes of an array or map. Strings are views into them.
func (e *Elements) Iterate(encoded string) Iterator {
	return Iterator{elements: e, r: reader{data: bytesOf(encoded)}}
}

// bytesOf is s as bytes, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Next reads the next element into Key and Slot; false where there is none.
func (it *Iterator) Next() bool {
	e := it.elements
	if e == nil || it.Err != nil {
		return false
	}
	if it.left == 0 {
		var size int64
		if !it.r.block(&it.left, &size, e.least) {
			return it.broken()
		}
		if it.left == 0 {
			it.elements = nil
			return false
		}
		if e.least == 0 {
			if it.r.empties += it.left; it.r.empties > MaxEmptyItems || it.r.empties < 0 {
				it.r.fail(faultEmpties, it.r.pos, 0)
				return it.broken()
			}
		}
	}
	it.left--
	if e.keyed {
		var key stage.Slot
		if !it.r.read(&op{code: opString}, &key) {
			return it.broken()
		}
		it.Key = key.S
	}
	if e.optional {
		var branch int64
		if !it.r.index(&branch, 2, faultBranch) {
			return it.broken()
		}
		if branch != int64(e.item.branch) {
			it.Slot = stage.Slot{Null: true}
			return true
		}
	}
	return it.r.read(&e.item, &it.Slot) || it.broken()
}

func (it *Iterator) broken() bool {
	it.Err = it.r.err("")
	return false
}

// Len counts the elements.
func (e *Elements) Len(encoded string) (int, error) {
	r := reader{data: bytesOf(encoded)}
	total := int64(0)
	for {
		var count, size int64
		if !r.block(&count, &size, e.least) {
			return 0, r.err("")
		}
		if count == 0 {
			return int(total), nil
		}
		if total += count; total < 0 || e.least == 0 && total > MaxEmptyItems {
			r.fail(faultEmpties, r.pos, 0)
			return 0, r.err("")
		}
		if size >= 0 {
			r.pos += int(size)
			continue
		}
		for range count {
			if !e.skip(&r) {
				return 0, r.err("")
			}
		}
	}
}

// skip steps over one element.
func (e *Elements) skip(r *reader) bool {
	if e.keyed && !r.text(true) {
		return false
	}
	if e.optional {
		var branch int64
		if !r.index(&branch, 2, faultBranch) {
			return false
		}
		if branch != int64(e.item.branch) {
			return true
		}
	}
	return r.walk(e.item.typ)
}

// Find gives the value of a key in the Avro bytes of a map. Where a key stands twice, the last counts.
func (e *Elements) Find(encoded, key string) (slot stage.Slot, found bool, err error) {
	it := e.Iterate(encoded)
	for it.Next() {
		if it.Key == key {
			slot, found = it.Slot, true
		}
	}
	return slot, found, it.Err
}
