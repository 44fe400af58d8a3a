package schemas

// code is a Kind as a small number, for switches on the way of every record.
type code uint8

const (
	codeUnsealed code = iota
	codeNull
	codeBoolean
	codeInt
	codeLong
	codeFloat
	codeDouble
	codeBytes
	codeString
	codeRecord
	codeEnum
	codeArray
	codeMap
	codeUnion
	codeFixed
)

var codes = map[Kind]code{
	Null: codeNull, Boolean: codeBoolean, Int: codeInt, Long: codeLong, Float: codeFloat, Double: codeDouble,
	Bytes: codeBytes, String: codeString, Record: codeRecord, Enum: codeEnum, Array: codeArray, Map: codeMap,
	Union: codeUnion, Fixed: codeFixed,
}

// maxLeast keeps the sum of a record's least sizes from overflowing.
const maxLeast = 1 << 40

// seal computes the codes and the least sizes of t and of all types in it. Parse seals what it gives.
func seal(t *Type) {
	if t.code != codeUnsealed {
		return
	}
	t.code = codes[t.Kind]
	switch t.Kind {
	case Null:
	case Float:
		t.least = 4
	case Double:
		t.least = 8
	case Fixed:
		t.least = t.Size
	case Record:
		for _, f := range t.Fields {
			seal(f.Type)
			t.least = min(maxLeast, t.least+f.Type.least)
		}
	case Array, Map:
		t.least = 1
		seal(t.Items)
	case Union:
		t.least = 1
		for _, b := range t.Branches {
			seal(b)
		}
	default:
		t.least = 1
	}
}
