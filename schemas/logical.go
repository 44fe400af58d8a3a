package schemas

import "math"

// logical gives t the logical type that v names, where t can carry it. Any other is ignored, as the specification says.
func (p *parser) logical(t *Type, v *jsonValue) {
	name := v.get("logicalType")
	if name == nil || name.kind != jsonString {
		return
	}
	logical := Logical(name.text)
	switch logical {
	case Decimal:
		precision, scale := decimalOf(t, v)
		if precision == 0 {
			return
		}
		t.Precision, t.Scale = precision, scale
	case UUID:
		if t.Kind != String && !(t.Kind == Fixed && t.Size == 16) {
			return
		}
	case Duration:
		if t.Kind != Fixed || t.Size != 12 {
			return
		}
	case Date, TimeMillis:
		if t.Kind != Int {
			return
		}
	case TimeMicros, TimestampMillis, TimestampMicros, TimestampNanos,
		LocalTimestampMillis, LocalTimestampMicros, LocalTimestampNanos:
		if t.Kind != Long {
			return
		}
	default:
		return
	}
	t.Logical = logical
}

// decimalOf reads precision and scale; a precision of 0 means that they are not valid.
func decimalOf(t *Type, v *jsonValue) (precision, scale int) {
	if t.Kind != Bytes && t.Kind != Fixed {
		return 0, 0
	}
	precision, ok := v.number("precision")
	if !ok || precision <= 0 || precision > MaxDecimalDigits {
		return 0, 0
	}
	if v.get("scale") != nil {
		if scale, ok = v.number("scale"); !ok || scale < 0 || scale > precision {
			return 0, 0
		}
	}
	if t.Kind == Fixed {
		// The digits that always fit into a two's complement number of t.Size bytes.
		fits := math.Floor(float64(8*t.Size-1) * math.Log10(2))
		if float64(precision) > fits {
			return 0, 0
		}
	}
	return precision, scale
}

// MaxDecimalDigits is the largest precision of a decimal that is honoured; larger ones are ignored like invalid ones.
const MaxDecimalDigits = 10_000
