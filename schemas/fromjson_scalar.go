package schemas

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// scalar appends v as a value of t, which is neither a compound nor a union.
func (e *encoder) scalar(t *Type, v *jsonValue) bool {
	switch t.code {
	case codeNull:
		return v.kind == jsonNull || e.mismatch(v, "null")
	case codeBoolean:
		if v.kind != jsonTrue && v.kind != jsonFalse {
			return e.mismatch(v, "true or false")
		}
		e.buf = append(e.buf, map[jsonKind]byte{jsonTrue: 1, jsonFalse: 0}[v.kind])
		return true
	case codeInt, codeLong:
		if v.kind == jsonString && t.Logical != "" {
			return e.time(t, v)
		}
		return e.integer(t, v)
	case codeFloat, codeDouble:
		return e.float(t, v)
	case codeEnum:
		index := slices.Index(t.Symbols, v.text)
		if v.kind != jsonString {
			return e.mismatch(v, "a symbol of enum "+t.Name)
		}
		if index < 0 {
			return e.fail("%s is not a symbol of enum %s; %s", v.describe(), t.Name, suggest(v.text, t.Symbols))
		}
		e.long(int64(index))
		return true
	case codeString:
		if v.kind != jsonString {
			return e.mismatch(v, "a string")
		}
		if t.Logical == UUID {
			if _, ok := parseUUID(v.text); !ok {
				return e.mismatch(v, "a uuid such as 123e4567-e89b-12d3-a456-426614174000")
			}
		}
		e.text(v.text)
		return true
	}
	return e.raw(t, v)
}

func (e *encoder) integer(t *Type, v *jsonValue) bool {
	bits := 64
	if t.code == codeInt {
		bits = 32
	}
	if v.kind != jsonNumber {
		if t.Logical != "" {
			return e.mismatch(v, exampleOf[t.Logical]+" or a number")
		}
		return e.mismatch(v, "a whole number")
	}
	n, err := strconv.ParseInt(v.text, 10, bits)
	if err != nil {
		const exact = 1 << 53 // up to here a float64 holds every whole number
		f, floatErr := strconv.ParseFloat(v.text, 64)
		n = int64(f)
		if floatErr != nil || math.Abs(f) > exact || float64(n) != f || bits == 32 && n != int64(int32(n)) {
			return e.mismatch(v, fmt.Sprintf("a whole number of %d bits", bits))
		}
	}
	e.long(n)
	return true
}

func (e *encoder) float(t *Type, v *jsonValue) bool {
	bits := 64
	if t.code == codeFloat {
		bits = 32
	}
	special := v.text == "NaN" || v.text == "Infinity" || v.text == "-Infinity"
	if v.kind != jsonNumber && !(v.kind == jsonString && special) {
		return e.mismatch(v, "a number")
	}
	n, err := strconv.ParseFloat(v.text, bits)
	if err != nil {
		return e.mismatch(v, fmt.Sprintf("a number that a %s can hold", t.Kind))
	}
	e.buf = appendFloat(e.buf, t.Kind, n)
	return true
}

// raw appends a value of bytes or fixed.
func (e *encoder) raw(t *Type, v *jsonValue) bool {
	var raw []byte
	switch t.Logical {
	case Decimal:
		unscaled, ok := e.decimal(t, v)
		if !ok {
			return false
		}
		if raw, ok = twosComplement(unscaled, t); !ok {
			return e.fail("%s does not fit into %d bytes", v.describe(), t.Size)
		}
	case UUID:
		var ok bool
		if raw, ok = parseUUID(v.text); !ok || v.kind != jsonString {
			return e.mismatch(v, "a uuid such as 123e4567-e89b-12d3-a456-426614174000")
		}
	case Duration:
		return e.interval(v)
	default:
		var err error
		if raw, err = base64.StdEncoding.DecodeString(v.text); err != nil || v.kind != jsonString {
			return e.mismatch(v, "a base64 string")
		}
	}
	if t.code == codeFixed && len(raw) != t.Size {
		return e.fail("%d bytes in place of the %d of fixed %s", len(raw), t.Size, t.Name)
	}
	if t.code == codeBytes {
		e.long(int64(len(raw)))
	}
	e.buf = append(e.buf, raw...)
	return true
}

// parseUUID reads 32 hex digits in groups of 8, 4, 4, 4 and 12.
func parseUUID(s string) ([]byte, bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return nil, false
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	return raw, err == nil && len(raw) == 16
}

// decimal reads the unscaled value of a decimal.
func (e *encoder) decimal(t *Type, v *jsonValue) (*big.Int, bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(v.text), "e")
	power := 0
	if exponent != "" {
		var err error
		// A power bounded like the digits: a large one would make a number that fills the memory.
		if power, err = strconv.Atoi(exponent); err != nil || power > MaxDecimalDigits || power < -MaxDecimalDigits {
			mantissa = ""
		}
	}
	value, ok := new(big.Rat), false
	if len(mantissa) <= 2*MaxDecimalDigits && strings.Trim(mantissa, "+-.0123456789") == "" {
		value, ok = value.SetString(mantissa)
	}
	if !ok || v.kind != jsonNumber && v.kind != jsonString {
		return nil, e.mismatch(v, "a decimal number such as \"12.50\"")
	}
	scaled := new(big.Rat).SetInt(pow10(max(0, t.Scale+power)))
	if t.Scale+power < 0 {
		scaled.SetFrac(big.NewInt(1), pow10(-t.Scale-power))
	}
	value.Mul(value, scaled)
	if !value.IsInt() {
		return nil, e.fail("%s has more than the %d digits after the point that the decimal has", v.describe(), t.Scale)
	}
	if new(big.Int).Abs(value.Num()).Cmp(pow10(t.Precision)) >= 0 {
		return nil, e.fail("%s has more digits than a decimal of precision %d and scale %d", v.describe(), t.Precision, t.Scale)
	}
	return value.Num(), true
}

// twosComplement gives n as big-endian two's complement: as short as can be, or as long as a fixed t is.
func twosComplement(n *big.Int, t *Type) ([]byte, bool) {
	size := n.BitLen()/8 + 1 // with a bit for the sign
	if n.Sign() < 0 {
		size = new(big.Int).Not(n).BitLen()/8 + 1
	}
	if t.code == codeFixed {
		if size > t.Size {
			return nil, false
		}
		size = t.Size
	}
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	return n.FillBytes(make([]byte, size)), true
}

func (e *encoder) interval(v *jsonValue) bool {
	parts := [3]string{"months", "days", "millis"}
	if v.kind != jsonObject || len(v.keys) != len(parts) {
		return e.mismatch(v, `a duration such as {"months": 1, "days": 2, "millis": 3}`)
	}
	for _, part := range parts {
		given := v.get(part)
		if given == nil {
			return e.mismatch(v, `a duration such as {"months": 1, "days": 2, "millis": 3}`)
		}
		n, err := strconv.ParseUint(given.text, 10, 32)
		if err != nil || given.kind != jsonNumber {
			e.mismatch(given, "a whole number of 32 bits, not negative")
			return e.inside(part)
		}
		e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(n))
	}
	return true
}
