package schemas

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/stage"
)

// short does the step at pos if its value is one of the common short ones, and gives the place after it; 0 where it
// did nothing.
func (o *op) short(data []byte, pos int, slots []stage.Slot) int {
	if pos >= len(data) {
		return 0
	}
	first := int(data[pos])
	switch o.code {
	case opString, opSkipString:
		next := pos + 1 + first>>1
		if first&0x81 != 0 || next > len(data) {
			return 0
		}
		text := view(data[pos+1 : next])
		if !utf8.ValidString(text) {
			return 0
		}
		if o.code == opString {
			slots[o.slot] = stage.Slot{S: text}
		}
		return next
	case opSkipLong:
		if n := numberBytes(data[pos:]); n > 0 {
			return pos + n
		}
	case opInt:
		if first < 0x80 {
			slots[o.slot] = stage.Slot{N: o.unit * int64(first>>1^-(first&1))}
			return pos + 1
		}
	case opBool:
		if first <= 1 {
			slots[o.slot] = stage.Slot{N: int64(first)}
			return pos + 1
		}
	case opSkipInt, opSkipBool:
		if first <= int(o.most) {
			return pos + 1
		}
	case opSkipEnum:
		if first&1 == 0 && first <= int(o.most) {
			return pos + 1
		}
	case opOptional, opSkipUnion:
		if first == int(o.branch)<<1 {
			return pos + 1
		}
	}
	return 0
}

// numberBytes is how many bytes the varint at the start of data takes, where that shows in the first eight; else 0.
func numberBytes(data []byte) int {
	if len(data) < 8 {
		return 0
	}
	last := ^binary.LittleEndian.Uint64(data) & 0x8080808080808080
	if last == 0 {
		return 0
	}
	return bits.TrailingZeros64(last)>>3 + 1
}

// step does one step. null tells that an optional value is not there.
func (r *reader) step(o *op, slots []stage.Slot) (null, ok bool) {
	switch {
	case o.code <= opSkip:
		return false, r.walk(o.typ)
	case o.code == opOptional:
		var n int64
		if !r.index(&n, 2, faultBranch) || n == int64(o.branch) {
			return false, r.fault == faultNone
		}
		for s := o.slot; s < o.to; s++ {
			slots[s] = stage.Slot{Null: true}
		}
		return true, true
	case o.code == opOpen:
		slots[o.to].N = int64(r.pos)
		return false, true
	case o.code == opClose:
		slots[o.slot] = stage.Slot{S: view(r.data[slots[o.slot].N:r.pos])}
		return false, true
	}
	return false, r.read(o, &slots[o.slot])
}
