package schemas

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// writer appends natural JSON of the Avro bytes that its reader goes through.
type writer struct {
	reader
	buf []byte
}

// value appends one value of t.
func (w *writer) value(t *Type) bool {
	if t.least == 0 {
		// A short value could claim any number of nulls.
		if w.empties++; w.empties > MaxEmptyItems {
			return w.fail(faultEmpties, w.pos, 0)
		}
	}
	at := w.pos
	switch t.code {
	case codeRecord, codeUnion, codeArray, codeMap:
		if w.depth++; w.depth > MaxDepth {
			return w.fail(faultDepth, at, 0)
		}
		ok := w.compound(t)
		w.depth--
		return ok
	}
	return w.walk(t) && w.scalar(t, w.data[at:w.pos], at)
}

func (w *writer) compound(t *Type) bool {
	switch t.code {
	case codeUnion:
		return w.union(t)
	case codeRecord:
		w.buf = append(w.buf, '{')
		for i, f := range t.Fields {
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			w.buf = append(append(append(w.buf, '"'), f.Name...), `":`...)
			if !w.value(f.Type) {
				return w.inside(f.Name)
			}
		}
		w.buf = append(w.buf, '}')
		return true
	}

	if t.code == codeMap {
		return w.entries(t)
	}
	w.buf = append(w.buf, '[')
	first := true
	if !w.each(t, func([]byte) bool {
		if !first {
			w.buf = append(w.buf, ',')
		}
		first = false
		return w.value(t.Items)
	}) {
		return false
	}
	w.buf = append(w.buf, ']')
	return true
}

// entries appends a map. Of a key that stands twice the last value counts, as JSON objects are mostly read.
func (w *writer) entries(t *Type) bool {
	start := len(w.buf)
	w.buf = append(w.buf, '{')
	spans := map[string][2]int{} // of each entry with its comma, in buf
	var repeated [][2]int
	if !w.each(t, func(key []byte) bool {
		if before, ok := spans[string(key)]; ok {
			repeated = append(repeated, before)
		}
		from := len(w.buf)
		w.buf = append(appendJSONString(w.buf, key), ':')
		if !w.value(t.Items) {
			return false
		}
		w.buf = append(w.buf, ',')
		spans[string(key)] = [2]int{from, len(w.buf)}
		return true
	}) {
		return false
	}
	if len(repeated) > 0 {
		w.cut(repeated)
	}
	if len(w.buf) > start+1 {
		w.buf = w.buf[:len(w.buf)-1] // the last comma
	}
	w.buf = append(w.buf, '}')
	return true
}

// cut takes spans, which do not overlap, out of buf.
func (w *writer) cut(spans [][2]int) {
	slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
	to := spans[0][0]
	for i, s := range spans {
		next := len(w.buf)
		if i+1 < len(spans) {
			next = spans[i+1][0]
		}
		to += copy(w.buf[to:], w.buf[s[1]:next])
	}
	w.buf = w.buf[:to]
}

func (w *writer) union(t *Type) bool {
	var n int64
	if !w.index(&n, len(t.Branches), faultBranch) {
		return false
	}
	branch := t.Branches[n]
	if branch.code == codeNull || !t.ambiguous() {
		return w.value(branch)
	}
	w.buf = append(append(append(w.buf, `{"`...), branch.branchName()...), `":`...)
	if !w.value(branch) {
		return false
	}
	w.buf = append(w.buf, '}')
	return true
}

// scalar appends a whole, checked value, of which b are the bytes.
func (w *writer) scalar(t *Type, b []byte, at int) bool {
	switch t.code {
	case codeNull:
		w.buf = append(w.buf, "null"...)
	case codeBoolean:
		w.buf = strconv.AppendBool(w.buf, b[0] == 1)
	case codeInt, codeLong:
		n, _ := varint(b, 0)
		if t.Logical != "" {
			w.buf = appendTime(w.buf, t.Logical, n)
		} else {
			w.buf = strconv.AppendInt(w.buf, n, 10)
		}
	case codeFloat:
		w.buf = appendJSONFloat(w.buf, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 32)
	case codeDouble:
		w.buf = appendJSONFloat(w.buf, math.Float64frombits(binary.LittleEndian.Uint64(b)), 64)
	case codeEnum:
		n, _ := varint(b, 0)
		w.buf = append(append(append(w.buf, '"'), t.Symbols[n]...), '"')
	case codeString:
		w.buf = appendJSONString(w.buf, textOf(b))
	case codeBytes:
		return w.raw(t, textOf(b), at)
	default:
		return w.raw(t, b, at)
	}
	return true
}

// raw appends a value of bytes or fixed.
func (w *writer) raw(t *Type, b []byte, at int) bool {
	switch t.Logical {
	case Decimal:
		if len(b) > maxDecimalBytes {
			return w.fail(faultDecimal, at, int64(len(b)))
		}
		w.buf = append(append(append(w.buf, '"'), decimal(b, t.Scale).FloatString(t.Scale)...), '"')
	case UUID:
		w.buf = append(append(append(w.buf, '"'), formatUUID(b)...), '"')
	case Duration:
		i := intervalOf(b)
		w.buf = fmt.Appendf(w.buf, `{"months":%d,"days":%d,"millis":%d}`, i.Months, i.Days, i.Millis)
	default:
		w.buf = append(base64.StdEncoding.AppendEncode(append(w.buf, '"'), b), '"')
	}
	return true
}

func appendJSONFloat(buf []byte, n float64, bits int) []byte {
	switch {
	case math.IsNaN(n):
		return append(buf, `"NaN"`...)
	case math.IsInf(n, 1):
		return append(buf, `"Infinity"`...)
	case math.IsInf(n, -1):
		return append(buf, `"-Infinity"`...)
	}
	return strconv.AppendFloat(buf, n, 'g', -1, bits)
}

// appendJSONString appends s, which is UTF-8, in quotes.
func appendJSONString(buf, s []byte) []byte {
	const hexDigits = "0123456789abcdef"
	buf = append(buf, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			buf = append(buf, '\\', c)
		case c == '\n':
			buf = append(buf, '\\', 'n')
		case c == '\t':
			buf = append(buf, '\\', 't')
		case c < ' ' || c == 0x7f:
			buf = append(buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			buf = append(buf, c)
		}
	}
	return append(buf, '"')
}
