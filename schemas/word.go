package schemas

import "math/bits"

const highBits = 0x8080808080808080

// highBitsOf has the high bits of the first n bytes of a word, by n.
var highBitsOf = [8]uint64{
	0, 0x80, 0x8080, 0x808080, 0x80808080, 0x8080808080, 0x808080808080, 0x80808080808080,
}

// word is the eight bytes at a place of s, the first one lowest.
func word(s string, at int) uint64 {
	s = s[at : at+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// shortVarint gives the bits of the varint at a place within data and its width in bytes if that is 1 or 2; else a width
// of 0. It does not branch on which, since values around 64 would make that a guess.
func shortVarint(data string, at int) (u, width int) {
	behind := at + 1
	if behind >= len(data) {
		behind = at
	}
	first, second := int(data[at]), int(data[behind])
	if first&second >= 0x80 {
		return 0, 0
	}
	more := first >> 7
	return first&0x7f | second<<7&-more, 1 + more
}

// varintBytes is how many bytes the varint at the start of a word takes; 9 where it does not end in it.
func varintBytes(word uint64) int { return bits.TrailingZeros64(^word&highBits)>>3 + 1 }

// packedVarint is the zigzag number in the first n bytes of a word, 0 < n < 8. The groups of seven bits are moved
// together by pairs, fours and eights.
func packedVarint(word uint64, n int) int64 {
	u := word & (1<<(8*uint(n)) - 1) & 0x7f7f7f7f7f7f7f7f
	u = u&0x007f007f007f007f | u&0x7f007f007f007f00>>1
	u = u&0x00003fff00003fff | u&0x3fff00003fff0000>>2
	u = u&0x000000000fffffff | u&0x0fffffff00000000>>4
	return int64(u>>1) ^ -int64(u&1)
}
