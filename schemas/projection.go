package schemas

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
	"unsafe"

	"github.com/anabranch-go/anabranch/stage"
)

// Projection decodes chosen fields of a record into the slots of a stage.Row. It is read-only and safe for concurrent use.
type Projection struct {
	root    *Type
	framing Framing
	ops     []op
	slots   int
	slotOf  map[string]int
}

// opcode is one kind of step through a record.
type opcode uint8

const (
	opSkipNumber opcode = iota
	opSkipText
	opSkipBytes
	opSkip
	opOptional
	opOpen
	opClose
	opNull
	opBool
	opInt
	opLong
	opFloat
	opDouble
	opString
	opText
	opFixed
	opEnum
	opUnion
	opEncoded
)

// op is one step through a record. The steps follow the schema, so that a record is read by running through them once.
type op struct {
	code    opcode
	branch  int8  // of opOptional: the branch that is not null
	slot    int32 // the first slot that is not filled yet; where the step reads, the one it fills
	to      int32 // of opOptional: the slots from slot to here are null where the value is; of opOpen: the record's own slot
	jump    int32 // of opOptional: the step to go on with where the value is null
	size    int32 // in bytes
	unit    int64
	symbols []string
	typ     *Type
	path    string
}

// skips tells whether the step fills nothing.
func (o *op) skips() bool { return o.code <= opSkip || o.code == opOptional && o.slot == o.to }

// Slot gives the slot number of a path, -1 where the projection does not have it.
func (p *Projection) Slot(path string) int {
	if slot, ok := p.slotOf[path]; ok {
		return slot
	}
	return -1
}

// Len is the number of slots.
func (p *Projection) Len() int { return p.slots }

// Read decodes the value of one record into row. It never fails: where data ends or breaks, row.Filled and row.Err say so.
// Strings in row are views into data; they die when data is changed. What stands behind the last slot is not looked at,
// and what is skipped is checked only as far as its end must be found. The memory of row.Slots is used again.
func (p *Projection) Read(data []byte, row *stage.Row) {
	if cap(row.Slots) < p.slots {
		row.Slots = make([]stage.Slot, p.slots)
	}
	row.Slots, row.Filled, row.Err = row.Slots[:p.slots], p.slots, nil
	start, err := p.framing.start(data)
	if err != nil {
		row.Filled, row.Err = 0, err
		return
	}
	r := reader{data: data, pos: start}
	for i := 0; i < len(p.ops); i++ {
		o := &p.ops[i]
		ok := true
		switch o.code {
		case opSkipNumber:
			var n int64
			ok = r.long(&n)
		case opSkipText:
			ok = r.text(false)
		case opSkipBytes:
			ok = r.take(int64(o.size), faultShort, r.pos)
		case opSkip:
			ok = r.walk(o.typ, false)
		case opOptional:
			var n int64
			if ok = r.index(&n, 2, faultBranch); ok && n == int64(o.branch) {
				break
			}
			if ok {
				for s := o.slot; s < o.to; s++ {
					row.Slots[s] = stage.Slot{Null: true}
				}
				i = int(o.jump) - 1
			}
		case opOpen:
			row.Slots[o.to].N = int64(r.pos)
		case opClose:
			slot := &row.Slots[o.slot]
			*slot = stage.Slot{S: view(data[slot.N:r.pos])}
		default:
			ok = r.read(o, &row.Slots[o.slot])
		}
		if !ok {
			row.Filled, row.Err = int(o.slot), r.err(o.path)
			return
		}
	}
}

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
		return r.long(&slot.N) && (o.unit == 1 || r.scale(&slot.N, o.unit, at))
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
		if !r.walk(branch, true) {
			return false
		}
	case opFixed:
		if !r.take(int64(o.size), faultShort, at) {
			return false
		}
	default:
		if !r.walk(o.typ, true) {
			return false
		}
	}
	slot.S = view(r.data[at:r.pos])
	return true
}

// scale brings n to microseconds; nanoseconds are rounded down.
func (r *reader) scale(n *int64, unit int64, at int) bool {
	switch {
	case unit < 0:
		quotient := *n / -unit
		if *n%-unit < 0 {
			quotient--
		}
		*n = quotient
	case *n > math.MaxInt64/unit || *n < math.MinInt64/unit:
		return r.fail(faultTime, at, *n)
	default:
		*n *= unit
	}
	return true
}
