package schemas

import (
	"encoding/binary"
	"math"

	"github.com/anabranch-go/anabranch/stage"
)

// readResolved does a step that only a Resolution has.
func (r *reader) readResolved(o *op, slot *stage.Slot) bool {
	switch o.code {
	case opConstant:
		*slot = *o.given
	case opWidened:
		return r.readWidened(o, slot)
	case opSymbol:
		var n int64
		if !r.index(&n, len(o.match.symbols), faultEnum) {
			return false
		}
		to := o.match.symbols[n]
		*slot = stage.Slot{N: int64(to), S: o.match.read.Symbols[to]}
	default:
		return r.readConverted(o.match, slot)
	}
	return true
}

// readWidened reads a number as one of another kind.
func (r *reader) readWidened(o *op, slot *stage.Slot) bool {
	*slot = stage.Slot{}
	if o.match.way == asWritten {
		if !r.int(&slot.N) {
			return false
		}
		slot.N = scale(slot.N, o.unit)
		return true
	}
	n, ok := r.widened(o.match)
	slot.N = int64(math.Float64bits(n))
	return ok
}

// readConverted reads a value whose bytes are not those of the reader's schema.
func (r *reader) readConverted(m *match, slot *stage.Slot) bool {
	*slot = stage.Slot{}
	from := len(r.made)
	if !r.convert(m) {
		return false
	}
	made := r.made[from:]
	if m.way == intoUnion {
		n, width := binary.Varint(made)
		slot.N, made = n, made[width:]
		slot.Null = m.read.Branches[n].code == codeNull
	}
	slot.S = view(made)
	return true
}

// readAgain reads a record as a whole, of which the fields have been read.
func (r *reader) readAgain(o *op, slot *stage.Slot) bool {
	r.pos = int(slot.N)
	return r.readConverted(o.match, slot)
}

// check steps over a value that nobody wants, and finds whether it could be read.
func (r *reader) check(m *match) bool {
	length := len(r.made)
	ok := r.convert(m)
	r.made = r.made[:length]
	return ok
}
