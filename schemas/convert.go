package schemas

import (
	"encoding/binary"
	"math"
)

// convert reads one value as it was written and appends it to made as it is read. It finds all that walk finds.
func (r *reader) convert(m *match) bool {
	at := r.pos
	if len(r.made) > MaxValueBytes {
		return r.fail(faultLarge, at, 0)
	}
	if m.written.least == 0 {
		// Such values may be many, and what is made of each may be large.
		if r.empties++; r.empties > MaxEmptyItems {
			return r.fail(faultEmpties, at, 0)
		}
	}
	if m.same {
		ok := r.walk(m.written)
		r.made = append(r.made, r.data[at:max(at, r.pos)]...)
		return ok
	}
	switch m.way {
	case asText:
		ok := r.text(true)
		r.made = append(r.made, r.data[at:max(at, r.pos)]...)
		return ok
	case toFloat, toDouble:
		n, ok := r.widened(m)
		if m.way == toFloat {
			r.made = appendFloat(r.made, Float, n)
		} else {
			r.made = appendFloat(r.made, Double, n)
		}
		return ok
	case byName:
		var n int64
		ok := r.index(&n, len(m.symbols), faultEnum)
		if ok {
			r.made = binary.AppendVarint(r.made, int64(m.symbols[n]))
		}
		return ok
	case intoUnion:
		r.made = binary.AppendVarint(r.made, int64(m.branch))
		return r.convert(m.inner)
	}
	if r.depth++; r.depth > MaxDepth {
		return r.fail(faultDepth, at, 0)
	}
	ok := r.convertCompound(m)
	r.depth--
	return ok
}

// widened reads a number that is read as a float or a double. A long beyond what those hold exactly is rounded.
func (r *reader) widened(m *match) (wide float64, ok bool) {
	at := r.pos
	var n int64
	switch m.written.code {
	case codeFloat:
		if !r.take(4, faultShort, at) {
			return 0, false
		}
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(r.data[at:]))), true
	case codeInt:
		ok = r.int(&n)
	default:
		ok = r.long(&n)
	}
	if m.way == toFloat {
		return float64(float32(n)), ok
	}
	return float64(n), ok
}

func (r *reader) convertCompound(m *match) bool {
	switch m.way {
	case fromUnion:
		var n int64
		return r.index(&n, len(m.branches), faultBranch) && r.convert(m.branches[n])
	case byItem:
		return r.convertItems(m)
	}
	if m.inOrder {
		return r.convertFields(m)
	}
	return r.reorderFields(m)
}

// convertFields goes through a record whose fields are read in the order in which they were written.
func (r *reader) convertFields(m *match) bool {
	next := 0
	for i, f := range m.written.Fields {
		to := m.to[i]
		if to < 0 {
			if !r.walk(f.Type) {
				return r.inside(f.Name)
			}
			continue
		}
		if !r.fill(m, next, to) {
			return false
		}
		if !r.convert(m.fields[i]) {
			return r.inside(f.Name)
		}
		next = to + 1
	}
	return r.fill(m, next, len(m.read.Fields))
}

// fill appends the defaults of some fields.
func (r *reader) fill(m *match, from, to int) bool {
	for _, f := range m.read.Fields[from:to] {
		if r.made = append(r.made, f.fill...); len(r.made) > MaxValueBytes {
			r.fail(faultLarge, r.pos, 0)
			return r.inside(f.Name)
		}
	}
	return true
}

// placeBytes is how long the place of a field is in the table of reorderFields.
const placeBytes = 4

// reorderFields goes through a record twice: to find where each field begins, which it keeps at the end of made so that
// nothing is allocated, and to read the fields in the reader's order.
func (r *reader) reorderFields(m *match) bool {
	start, table := r.pos, len(r.made)
	for _, f := range m.written.Fields {
		r.made = binary.BigEndian.AppendUint32(r.made, uint32(r.pos-start))
		if !r.walk(f.Type) {
			return r.inside(f.Name)
		}
	}
	end, fields := r.pos, len(r.made)
	for j := range m.read.Fields {
		i := m.from[j]
		if i < 0 {
			if !r.fill(m, j, j+1) {
				return false
			}
			continue
		}
		r.pos = start + int(binary.BigEndian.Uint32(r.made[table+placeBytes*i:]))
		if !r.convert(m.fields[i]) {
			return r.inside(m.written.Fields[i].Name)
		}
	}
	r.pos = end
	length := copy(r.made[table:], r.made[fields:])
	r.made = r.made[:table+length]
	return true
}

// convertItems goes through an array or a map. Its blocks stay, without sizes.
func (r *reader) convertItems(m *match) bool {
	for {
		var count, size int64
		at := r.pos
		if !r.block(&count, &size, m.written.leastItem()) {
			return false
		}
		start := r.pos
		r.made = binary.AppendVarint(r.made, count)
		for range count {
			if !r.convertItem(m) {
				return false
			}
		}
		if size >= 0 && int64(r.pos-start) != size {
			return r.fail(faultBlockSize, at, size)
		}
		if count == 0 {
			return true
		}
	}
}

func (r *reader) convertItem(m *match) bool {
	if m.written.code == codeArray {
		return r.convert(m.inner) || r.inside("[]")
	}
	start := r.pos
	if !r.text(true) {
		return r.inside("[key]")
	}
	key := r.data[start:r.pos]
	r.made = append(r.made, key...)
	return r.convert(m.inner) || r.inside("["+string(textOf(key))+"]")
}
