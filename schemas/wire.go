package schemas

import (
	"encoding/binary"
	"fmt"
	"math"
)

// fault is what is wrong with Avro bytes.
type fault uint8

const (
	faultNone fault = iota
	faultShort
	faultVarint
	faultInt
	faultBool
	faultLength
	faultUTF8
	faultEnum
	faultBranch
	faultCount
	faultBlockSize
	faultEmpties
	faultDepth
	faultTime
	faultDecimal
	faultLarge
	faultTrailing
)

// FormatError says where the bytes of a value stop being what the schema describes.
type FormatError struct {
	Field  string // the path from the root; empty for the root itself
	Offset int    // of the first byte of what is wrong, in the value with its framing
	Reason string
}

func (e *FormatError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("value at byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("field %q at byte %d: %s", e.Field, e.Offset, e.Reason)
}

// reason words a fault; n is the number that is wrong, left the bytes that were still there.
func (f fault) reason(n int64, left int) string {
	switch f {
	case faultShort:
		if left == 0 {
			return "the value ends here"
		}
		return fmt.Sprintf("the value ends after %d more bytes", left)
	case faultVarint:
		return "varint longer than 64 bits"
	case faultInt:
		return fmt.Sprintf("int %d does not fit into 32 bits", n)
	case faultBool:
		return fmt.Sprintf("boolean is byte %d; it should be 0 or 1", n)
	case faultLength:
		return fmt.Sprintf("length %d is not within the %d bytes up to the end of the value", n, left)
	case faultUTF8:
		return "string is not UTF-8"
	case faultEnum:
		return fmt.Sprintf("enum index %d is out of range", n)
	case faultBranch:
		return fmt.Sprintf("union branch %d is out of range", n)
	case faultCount:
		return fmt.Sprintf("block of %d items, which cannot stand in the %d bytes up to the end of the value", n, left)
	case faultBlockSize:
		return fmt.Sprintf("block size %d does not match its items", n)
	case faultEmpties:
		return fmt.Sprintf("more than %d items that take no bytes", MaxEmptyItems)
	case faultDepth:
		return fmt.Sprintf("values stand more than %d levels deep in each other", MaxDepth)
	case faultTime:
		return "time is beyond what 64 bits can tell in a finer unit"
	case faultDecimal:
		return fmt.Sprintf("decimal of more than %d bytes", maxDecimalBytes)
	case faultLarge:
		return fmt.Sprintf("the value as it is read, with defaults filled in, is longer than %d bytes", MaxValueBytes)
	}
	return fmt.Sprintf("%d bytes are left after the value", left)
}

// MaxEmptyItems is how many items without bytes (nulls, records of nulls) a value may claim in all: they are the one
// thing that can be claimed without sending anything.
const MaxEmptyItems = 1 << 16

// reader goes through Avro bytes. After a fault it must not be used.
type reader struct {
	data    []byte
	pos     int
	depth   int
	empties int64

	fault   fault
	faultAt int
	faultN  int64
	path    string // from where the caller stands to the fault
	made    []byte // what convert has appended
}

func (r *reader) fail(f fault, at int, n int64) bool {
	r.fault, r.faultAt, r.faultN = f, at, n
	return false
}

// inside puts a step before the path of a fault.
func (r *reader) inside(step string) bool {
	r.path = joinPath(step, r.path)
	return false
}

// err words the fault; path leads to where the reader was started.
func (r *reader) err(path string) error {
	return &FormatError{
		Field: joinPath(path, r.path), Offset: r.faultAt,
		Reason: r.fault.reason(r.faultN, len(r.data)-r.faultAt),
	}
}

func joinPath(a, b string) string {
	if a == "" || b == "" || b[0] == '[' {
		return a + b
	}
	return a + "." + b
}

// varint reads one zigzag number. Where it fails, next is negative: minus the fault.
func varint(data []byte, pos int) (n int64, next int) {
	if pos < len(data) && data[pos] < 0x80 {
		return int64(data[pos]>>1) ^ -int64(data[pos]&1), pos + 1
	}
	return longVarint(data, pos)
}

//go:noinline
func longVarint(data []byte, pos int) (n int64, next int) {
	var u uint64
	for i, b := range data[min(pos, len(data)):] {
		if i == binary.MaxVarintLen64-1 && b > 1 {
			return 0, -int(faultVarint)
		}
		u |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return int64(u>>1) ^ -int64(u&1), pos + i + 1
		}
	}
	return 0, -int(faultShort)
}

// long reads one number.
func (r *reader) long(n *int64) bool {
	v, next := varint(r.data, r.pos)
	if next < 0 {
		return r.fail(fault(-next), r.pos, 0)
	}
	*n, r.pos = v, next
	return true
}

// int reads one number of 32 bits.
func (r *reader) int(n *int64) bool {
	at := r.pos
	if !r.long(n) {
		return false
	}
	if *n != int64(int32(*n)) {
		return r.fail(faultInt, at, *n)
	}
	return true
}

// index reads a number from 0 to limit-1, of an enum's symbol or a union's branch.
func (r *reader) index(n *int64, limit int, f fault) bool {
	at := r.pos
	if !r.long(n) {
		return false
	}
	if uint64(*n) >= uint64(limit) {
		return r.fail(f, at, *n)
	}
	return true
}

// take steps over n bytes that begin a value at byte at.
func (r *reader) take(n int64, f fault, at int) bool {
	if uint64(n) > uint64(len(r.data)-r.pos) {
		return r.fail(f, at, n)
	}
	r.pos += int(n)
	return true
}

// block reads the head of an array's or map's block whose items take at least least bytes. size is -1 where none is
// given; count is 0 at the end.
func (r *reader) block(count, size *int64, least int) bool {
	at := r.pos
	if !r.long(count) {
		return false
	}
	*size = -1
	if *count < 0 {
		if *count == math.MinInt64 {
			return r.fail(faultCount, at, *count)
		}
		*count = -*count
		sizeAt := r.pos
		if !r.long(size) {
			return false
		}
		if uint64(*size) > uint64(len(r.data)-r.pos) {
			return r.fail(faultLength, sizeAt, *size)
		}
	}
	if least > 0 && *count > int64(len(r.data)-r.pos)/int64(least) {
		return r.fail(faultCount, at, *count)
	}
	return true
}
