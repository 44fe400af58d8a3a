package expression

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
)

// field is a field of a generated schema that generated expressions can read.
type field struct {
	path     string // from the event, such as value.f1
	kind     string
	nullable bool
}

// fieldKinds are the Avro types of generated fields.
var fieldKinds = map[string]string{
	"bool": `"boolean"`, "int": `"int"`, "long": `"long"`, "double": `"double"`, "float": `"float"`, "string": `"string"`,
	"enum": `"Color"`, "time": `{"type":"long","logicalType":"timestamp-micros"}`, "millis": `{"type":"long","logicalType":"timestamp-millis"}`,
	"date": `{"type":"int","logicalType":"date"}`, "clock": `{"type":"long","logicalType":"time-micros"}`,
	"strings": `{"type":"array","items":"string"}`, "ints": `{"type":"array","items":"int"}`,
	"strmap": `{"type":"map","values":"string"}`, "longmap": `{"type":"map","values":"long"}`,
	"maybes": `{"type":"array","items":["null","string"]}`, "maybemap": `{"type":"map","values":["null","long"]}`,
}

// drawSchema draws a record of records and of fields of all kinds.
func drawSchema(t *rapid.T) (*schemas.Schema, []field) {
	kinds := slices.Sorted(maps.Keys(fieldKinds))
	var fields []field
	parts := []string{`{"name":"color","type":{"type":"enum","name":"Color","symbols":["RED","BLUE"]}}`}
	record := func(prefix string, outer bool, n int) []string {
		var out []string
		for i := range n {
			f := field{path: fmt.Sprintf("%s.f%d", prefix, i), kind: rapid.SampledFrom(kinds).Draw(t, "kind"), nullable: rapid.Bool().Draw(t, "nullable")}
			typ := fieldKinds[f.kind]
			if f.nullable {
				typ = `["null",` + typ + `]`
			}
			out = append(out, fmt.Sprintf(`{"name":"f%d","type":%s}`, i, typ))
			if !outer || rapid.Bool().Draw(t, "deep") {
				fields = append(fields, f)
			}
		}
		return out
	}
	parts = append(parts, record("value", false, rapid.IntRange(4, 9).Draw(t, "fields"))...)
	inner := record("value.r", true, rapid.IntRange(1, 3).Draw(t, "inner"))
	sub := `{"type":"record","name":"Sub","fields":[` + strings.Join(inner, ",") + `]}`
	if rapid.Bool().Draw(t, "optional record") {
		sub = `["null",` + sub + `]`
		for i := range fields {
			if strings.HasPrefix(fields[i].path, "value.r.") {
				fields[i].nullable = true
			}
		}
		fields = append(fields, field{path: "value.r", kind: "record", nullable: true})
	}
	parts = append(parts, `{"name":"r","type":`+sub+`}`)
	s, err := schemas.Parse([]byte(`{"type":"record","name":"Root","fields":[` + strings.Join(parts, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return s, append(fields, field{"key", "string", true}, field{`header("h")`, "string", true}, field{"timestamp", "time", false}, field{"value.color", "enum", false})
}

var (
	someLongs   = []int64{0, 1, 2, -1, 3, 18, 1000, math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1}
	someStrings = []string{"", "a", "b", "ab", "é", "RED", "BLUE"}
	someDoubles = []float64{0, 1, -1, 0.5, 18, 1e300, math.NaN(), math.Inf(1), 1 << 53, 9.3e18, -9.3e18}
	someTimes   = []int64{0, 1, -1, 1_700_000_000_000_000, 1_700_000_000_000, -62135596800_000_000, 253402300799_999_999, 9_000_000_000_000_000}
)

// drawValue draws a value of typ and appends its Avro bytes.
func drawValue(t *rapid.T, buf []byte, typ *schemas.Type) []byte {
	switch typ.Kind {
	case schemas.Boolean:
		return append(buf, byte(rapid.IntRange(0, 1).Draw(t, "bool")))
	case schemas.Int:
		return binary.AppendVarint(buf, int64(int32(rapid.SampledFrom(someLongs).Draw(t, "int"))))
	case schemas.Long:
		if typ.Logical != "" {
			n := rapid.SampledFrom(someTimes).Draw(t, "time")
			if typ.Logical == schemas.TimestampMillis {
				n /= 1000
			}
			return binary.AppendVarint(buf, n)
		}
		return binary.AppendVarint(buf, rapid.SampledFrom(someLongs).Draw(t, "long"))
	case schemas.Float:
		return binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(rapid.SampledFrom(someDoubles).Draw(t, "float"))))
	case schemas.Double:
		return binary.LittleEndian.AppendUint64(buf, math.Float64bits(rapid.SampledFrom(someDoubles).Draw(t, "double")))
	case schemas.Fixed:
		return append(buf, make([]byte, typ.Size)...)
	case schemas.String, schemas.Bytes:
		s := rapid.SampledFrom(someStrings).Draw(t, "string")
		return append(binary.AppendVarint(buf, int64(len(s))), s...)
	case schemas.Enum:
		return binary.AppendVarint(buf, int64(rapid.IntRange(0, len(typ.Symbols)-1).Draw(t, "symbol")))
	case schemas.Union:
		branch := rapid.IntRange(0, len(typ.Branches)-1).Draw(t, "branch")
		return drawValue(t, binary.AppendVarint(buf, int64(branch)), typ.Branches[branch])
	case schemas.Record:
		for _, f := range typ.Fields {
			buf = drawValue(t, buf, f.Type)
		}
		return buf
	case schemas.Array, schemas.Map:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		if n > 0 {
			buf = binary.AppendVarint(buf, int64(n))
			for i := range n {
				if typ.Kind == schemas.Map {
					buf = append(binary.AppendVarint(buf, 1), byte('a'+i))
				}
				buf = drawValue(t, buf, typ.Items)
			}
		}
		return append(buf, 0)
	}
	return buf
}
