package schemas

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"time"
)

// Interval is the value of the logical type duration.
type Interval struct{ Months, Days, Millis uint32 }

// DecodeAny decodes the Avro bytes of one value of t, all of encoded, into what a Go program would use: nil, bool, int64,
// float64, string (also for enums and uuids), []byte, []any, map[string]any (for records and maps), time.Time in UTC
// (for dates and timestamps, local ones too), time.Duration (for times of day), *big.Rat (for decimals) and Interval. A
// value of a union is that of its branch. Nothing in the result is a view.
func DecodeAny(t *Type, encoded string) (any, error) {
	seal(t)
	r := reader{data: bytesOf(encoded)}
	value, ok := r.any(t)
	if ok && r.pos != len(r.data) {
		ok = r.fail(faultTrailing, r.pos, 0)
	}
	if !ok {
		return nil, r.err("")
	}
	return value, nil
}

// any decodes one value of t.
func (r *reader) any(t *Type) (any, bool) {
	if t.least == 0 {
		// Nulls may be many, in arrays and in records of records, and each costs memory here.
		if r.empties++; r.empties > MaxEmptyItems {
			return nil, r.fail(faultEmpties, r.pos, 0)
		}
	}
	at := r.pos
	switch t.code {
	case codeRecord, codeUnion, codeArray, codeMap:
		if r.depth++; r.depth > MaxDepth {
			return nil, r.fail(faultDepth, at, 0)
		}
		value, ok := r.anyCompound(t)
		r.depth--
		return value, ok
	}
	if !r.walk(t) {
		return nil, false
	}
	value, fault := scalar(t, r.data[at:r.pos])
	if fault != faultNone {
		return nil, r.fail(fault, at, int64(r.pos-at))
	}
	return value, true
}

func (r *reader) anyCompound(t *Type) (any, bool) {
	switch t.code {
	case codeUnion:
		var n int64
		if !r.index(&n, len(t.Branches), faultBranch) {
			return nil, false
		}
		return r.any(t.Branches[n])
	case codeRecord:
		record := make(map[string]any, len(t.Fields))
		for _, f := range t.Fields {
			value, ok := r.any(f.Type)
			if !ok {
				return nil, r.inside(f.Name)
			}
			record[f.Name] = value
		}
		return record, true
	}
	if t.code == codeMap {
		entries := map[string]any{}
		return entries, r.each(t, func(key []byte) bool {
			value, ok := r.any(t.Items)
			entries[string(key)] = value
			return ok
		})
	}
	items := []any{}
	ok := r.each(t, func([]byte) bool {
		value, ok := r.any(t.Items)
		items = append(items, value)
		return ok
	})
	return items, ok
}

// each calls f before each item of an array or value of a map; f must step over it.
func (r *reader) each(t *Type, f func(key []byte) bool) bool {
	for {
		var count, size int64
		at := r.pos
		if !r.block(&count, &size, t.leastItem()) {
			return false
		}
		start := r.pos
		for range count {
			var key []byte
			keyAt := r.pos
			if t.code == codeMap {
				if !r.text(true) {
					return r.inside("[key]")
				}
				key = textOf(r.data[keyAt:r.pos])
			}
			if !f(key) {
				return r.inside("[" + string(key) + "]")
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

// textOf is the content of an encoded string or bytes.
func textOf(encoded []byte) []byte {
	_, start := varint(encoded, 0)
	return encoded[start:]
}

// scalar gives the Go value of a whole, checked Avro value that is neither a compound nor a union.
func scalar(t *Type, b []byte) (any, fault) {
	switch t.code {
	case codeNull:
		return nil, faultNone
	case codeBoolean:
		return b[0] == 1, faultNone
	case codeInt, codeLong:
		n, _ := varint(b, 0)
		return number(t.Logical, n)
	case codeFloat:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), faultNone
	case codeDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), faultNone
	case codeEnum:
		n, _ := varint(b, 0)
		return t.Symbols[n], faultNone
	case codeString:
		return string(textOf(b)), faultNone
	case codeBytes:
		b = textOf(b)
	}
	switch t.Logical {
	case Decimal:
		if len(b) > maxDecimalBytes {
			return nil, faultDecimal
		}
		return decimal(b, t.Scale), faultNone
	case UUID:
		return formatUUID(b), faultNone
	case Duration:
		return intervalOf(b), faultNone
	}
	return append([]byte{}, b...), faultNone
}

func formatUUID(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func intervalOf(b []byte) Interval {
	return Interval{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])}
}

// number gives the Go value of an int or long.
func number(l Logical, n int64) (any, fault) {
	switch l {
	case Date:
		return time.Unix(n*24*60*60, 0).UTC(), faultNone
	case TimeMillis:
		return time.Duration(n) * time.Millisecond, faultNone
	case TimeMicros:
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			return nil, faultTime
		}
		return time.Duration(n) * time.Microsecond, faultNone
	case TimestampMillis, LocalTimestampMillis:
		return time.UnixMilli(n).UTC(), faultNone
	case TimestampMicros, LocalTimestampMicros:
		return time.UnixMicro(n).UTC(), faultNone
	case TimestampNanos, LocalTimestampNanos:
		return time.Unix(0, n).UTC(), faultNone
	}
	return n, faultNone
}

// maxDecimalBytes is more than a decimal of MaxDecimalDigits takes. Much longer numbers would take quadratic time.
const maxDecimalBytes = 8 << 10

// decimal is the number whose two's complement, big-endian, unscaled value is b.
func decimal(b []byte, scale int) *big.Rat {
	unscaled := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return new(big.Rat).SetFrac(unscaled, pow10(scale))
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
