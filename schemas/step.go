package schemas

import "github.com/anabranch-go/anabranch/stage"

// resume goes on from step i, which swiftly has left.
func (p *Projection) resume(i int, data []byte, pos int, row *stage.Row) {
	r := reader{data: data, made: row.Made[:0]}
	for i < len(p.ops) {
		o := &p.ops[i]
		r.pos, r.depth = pos, o.depth
		next, ok := r.step(o, i, row.Slots)
		if !ok {
			row.Filled, row.Err = int(o.filled), r.err(o.path)
			break
		}
		i, pos = swiftly(p.ops, next, view(data), r.pos, row.Slots)
	}
	row.Made = r.made
}

// swiftly goes through the steps from step i on, while values are what most are: a text of ASCII up to 8 KiB, a small
// number, a null. It gives the step where it stopped, and the place before its value. It leaves every doubt to the reader,
// which alone says what is wrong.
//
// It is one long function that calls none, since a call for each value would cost as much as the value. Where values decide
// how long a loop is or whether a branch is taken, no branch predictor can know: such a branch costs more than some
// needless work, which is why bytes are looked at twice here.
func swiftly(ops []op, i int, data string, pos int, slots []stage.Slot) (int, int) {
	for uint(i) < uint(len(ops)) && uint(pos) < uint(len(data)) {
		o := &ops[i]
		first := int(data[pos])
		switch o.code {
		case opString, opSkipString:
			from := pos + 1
			if first >= 0x80 {
				if from >= len(data) || data[from] >= 0x80 {
					return i, pos
				}
				first += int(data[from])<<7 - 0x80
				from++
			}
			n, to := first>>1, from+first>>1
			if first&1 != 0 || to > len(data) {
				return i, pos
			}
			var bytes uint64
			switch {
			case n < 8:
				switch {
				case from+8 <= len(data):
					bytes = word(data, from) & highBitsOf[n&7]
				case to >= 8:
					bytes = word(data, to-8) >> (64 - 8*uint(n))
				default:
					return i, pos
				}
			case n <= 16:
				bytes = word(data, from) | word(data, to-8)
			case n <= 32:
				bytes = word(data, from) | word(data, from+8) | word(data, to-16) | word(data, to-8)
			default:
				bytes = word(data, to-32) | word(data, to-24) | word(data, to-16) | word(data, to-8)
				for at := from; at < to-32; at += 32 {
					bytes |= word(data, at) | word(data, at+8) | word(data, at+16) | word(data, at+24)
				}
			}
			if bytes&highBits != 0 {
				return i, pos
			}
			if pos = to; o.code == opString {
				slots[o.slot] = stage.Slot{S: data[from:to]}
			}
		case opInt:
			u, width := shortVarint(data, pos)
			if width == 0 {
				return i, pos
			}
			slots[o.slot] = stage.Slot{N: o.unit * int64(u>>1^-(u&1))}
			pos += width
		case opLong, opSkipLong:
			var bytes uint64
			switch {
			case pos+8 <= len(data):
				bytes = word(data, pos)
			case len(data) >= 8:
				bytes = word(data, len(data)-8) >> (8 * uint(pos+8-len(data)))
			default:
				return i, pos
			}
			n := varintBytes(bytes)
			if n > 7 || n > len(data)-pos {
				return i, pos
			}
			if o.code == opLong {
				if o.unit < 0 {
					return i, pos
				}
				slots[o.slot] = stage.Slot{N: o.unit * packedVarint(bytes, n)}
			}
			pos += n
		case opBool:
			if first > 1 {
				return i, pos
			}
			slots[o.slot] = stage.Slot{N: int64(first)}
			pos++
		case opEnum, opSkipEnum:
			if first&0x81 != 0 || first>>1 >= len(o.symbols) {
				return i, pos
			}
			if pos++; o.code == opEnum {
				slots[o.slot] = stage.Slot{N: int64(first >> 1), S: o.symbols[first>>1]}
			}
		case opSkipInt:
			_, width := shortVarint(data, pos)
			if width == 0 {
				return i, pos
			}
			pos += width
		case opSkipBool:
			if first > 1 {
				return i, pos
			}
			pos++
		case opDouble:
			if pos+8 > len(data) {
				return i, pos
			}
			slots[o.slot] = stage.Slot{N: int64(word(data, pos))}
			pos += 8
		case opFixed, opSkipFixed:
			from := pos
			if pos += int(o.size); pos > len(data) {
				return i, from
			}
			if o.code == opFixed {
				slots[o.slot] = stage.Slot{S: data[from:pos]}
			}
		case opText, opSkipBytes:
			u, width := shortVarint(data, pos)
			from, to := pos+width, pos+width+u>>1
			if width == 0 || u&1 != 0 || to > len(data) {
				return i, pos
			}
			if pos = to; o.code == opText {
				slots[o.slot] = stage.Slot{S: data[from:to]}
			}
		case opOptional:
			if first&^2 != 0 {
				return i, pos
			}
			if pos++; first>>1 != int(o.branch) {
				for s := o.slot; s < o.to; s++ {
					slots[s] = stage.Slot{Null: true}
				}
				i = int(o.jump) - 1
			}
		case opOpen:
			slots[o.to].N = int64(pos)
		case opClose:
			if o.match != nil {
				return i, pos
			}
			slots[o.slot] = stage.Slot{S: data[slots[o.slot].N:pos]}
		case opConstant:
			slots[o.slot] = *o.given
		case opBranch:
			if first&0x81 != 0 || first>>1 >= len(o.jumps) {
				return i, pos
			}
			pos++
			i = int(o.jumps[first>>1]) - 1
		case opJump:
			i = int(o.jump) - 1
		default:
			return i, pos
		}
		i++
	}
	return i, pos
}

// step does step i, whatever its value is like, and gives the number of the step to go on with.
func (r *reader) step(o *op, i int, slots []stage.Slot) (next int, ok bool) {
	switch {
	case o.code <= opSkip:
		return i + 1, r.walk(o.typ)
	case o.code == opBranch:
		var n int64
		if !r.index(&n, len(o.jumps), faultBranch) {
			return i, false
		}
		return int(o.jumps[n]), true
	case o.code == opJump:
		return int(o.jump), true
	case o.code == opOptional:
		var n int64
		if !r.index(&n, 2, faultBranch) || n == int64(o.branch) {
			return i + 1, r.fault == faultNone
		}
		for s := o.slot; s < o.to; s++ {
			slots[s] = stage.Slot{Null: true}
		}
		return int(o.jump), true
	case o.code == opOpen:
		slots[o.to].N = int64(r.pos)
		return i + 1, true
	case o.code == opCheck:
		return i + 1, r.check(o.match)
	case o.code == opClose && o.match != nil:
		return i + 1, r.readAgain(o, &slots[o.slot])
	case o.code == opClose:
		slots[o.slot] = stage.Slot{S: view(r.data[slots[o.slot].N:r.pos])}
		return i + 1, true
	}
	return i + 1, r.read(o, &slots[o.slot])
}
