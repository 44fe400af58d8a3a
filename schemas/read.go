package schemas

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
	"unsafe"

	"github.com/anabranch-go/anabranch/stage"
)

// view is b as a string without a copy.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// read decodes one value into its slot.
func (r *reader) read(o *op, slot *stage.Slot) bool {
	at := r.pos
	switch o.code {
	case opNull:
		*slot = stage.Slot{Null: true}
	case opString, opText:
		var n int64
		if !r.long(&n) || !r.take(n, faultLength, at) {
			return false
		}
		text := view(r.data[r.pos-int(n) : r.pos])
		if o.code == opString && !utf8.ValidString(text) {
			return r.fail(faultUTF8, at, 0)
		}
		*slot = stage.Slot{S: text}
	case opInt:
		*slot = stage.Slot{}
		if !r.int(&slot.N) {
			return false
		}
		slot.N *= o.unit
	case opLong:
		*slot = stage.Slot{}
		if !r.long(&slot.N) {
			return false
		}
		slot.N = scale(slot.N, o.unit)
	case opBool:
		if !r.take(1, faultShort, at) {
			return false
		}
		b := r.data[at]
		if b > 1 {
			return r.fail(faultBool, at, int64(b))
		}
		*slot = stage.Slot{N: int64(b)}
	case opEnum:
		var n int64
		if !r.index(&n, len(o.symbols), faultEnum) {
			return false
		}
		*slot = stage.Slot{N: n, S: o.symbols[n]}
	default:
		return r.readWide(o, slot)
	}
	return true
}

// readWide decodes the kinds of value that expressions read less often.
func (r *reader) readWide(o *op, slot *stage.Slot) bool {
	at := r.pos
	if o.code >= opConstant {
		return r.readResolved(o, slot)
	}
	*slot = stage.Slot{}
	switch o.code {
	case opFloat:
		if !r.take(4, faultShort, at) {
			return false
		}
		single := math.Float32frombits(binary.LittleEndian.Uint32(r.data[at:]))
		slot.N = int64(math.Float64bits(float64(single)))
		return true
	case opDouble:
		if !r.take(8, faultShort, at) {
			return false
		}
		slot.N = int64(binary.LittleEndian.Uint64(r.data[at:]))
		return true
	case opUnion:
		if !r.index(&slot.N, len(o.typ.Branches), faultBranch) {
			return false
		}
		branch := o.typ.Branches[slot.N]
		at, slot.Null = r.pos, branch.code == codeNull
		if !r.walk(branch) {
			return false
		}
	case opFixed:
		if !r.take(int64(o.size), faultShort, at) {
			return false
		}
	default:
		if !r.walk(o.typ) {
			return false
		}
	}
	slot.S = view(r.data[at:r.pos])
	return true
}

// scale brings n to microseconds. Nanoseconds are rounded down; milliseconds beyond what fits become the furthest time.
func scale(n, unit int64) int64 {
	switch {
	case unit < 0:
		quotient := n / -unit
		if n%-unit < 0 {
			quotient--
		}
		return quotient
	case n > math.MaxInt64/unit:
		return math.MaxInt64
	case n < math.MinInt64/unit:
		return math.MinInt64
	}
	return n * unit
}
