package schemas

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// generator draws schemas and values of them.
type generator struct {
	*rapid.T
	names   int
	logical bool // draw logical types too
	blocks  bool // draw arrays and maps of several blocks, some with sizes
	open    []string
}

// pick draws a number below n. Unlike rapid's own, which are mostly small, all numbers are as likely.
func (g *generator) pick(n int, label string) int {
	drawn := rapid.Uint64().Draw(g.T, label)
	return int(drawn * 0x9e3779b97f4a7c15 >> 33 % uint64(n))
}

// schema draws a schema whose root is a record.
func (g *generator) schema() *Schema { return g.parse(g.record(0)) }

func (g *generator) parse(drawn any) *Schema {
	text, err := json.Marshal(drawn)
	if err != nil {
		g.Fatal(err)
	}
	s, err := Parse(text)
	if err != nil {
		g.Fatalf("%v\n%s", err, text)
	}
	return s
}

func (g *generator) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

func (g *generator) record(depth int) any {
	name := g.name("R")
	g.open = append(g.open, name)
	fields := []any{}
	for i := range g.pick(6, "fields") {
		fields = append(fields, map[string]any{"name": fmt.Sprintf("f%d", i), "type": g.kind(depth + 1)})
	}
	g.open = g.open[:len(g.open)-1]
	record := map[string]any{"type": "record", "name": name, "fields": fields}
	if g.pick(2, "namespace") == 0 {
		record["namespace"] = "com.example"
		record["fields"] = append(fields, map[string]any{"name": "own", "type": []any{"null", "com.example." + name}})
	}
	return record
}

var logicals = []any{
	map[string]any{"type": "int", "logicalType": "date"},
	map[string]any{"type": "int", "logicalType": "time-millis"},
	map[string]any{"type": "long", "logicalType": "time-micros"},
	map[string]any{"type": "long", "logicalType": "timestamp-millis"},
	map[string]any{"type": "long", "logicalType": "timestamp-micros"},
	map[string]any{"type": "long", "logicalType": "timestamp-nanos"},
	map[string]any{"type": "long", "logicalType": "local-timestamp-millis"},
	map[string]any{"type": "long", "logicalType": "local-timestamp-micros"},
	map[string]any{"type": "string", "logicalType": "uuid"},
	map[string]any{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
}

func (g *generator) kind(depth int) any {
	simple := []any{"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
	n := 14
	if depth > 2 {
		n = 10
	}
	switch k := g.pick(n, "kind"); k {
	case 8:
		return map[string]any{"type": "enum", "name": g.name("E"), "symbols": []string{"A", "B", "C"}}
	case 9:
		if g.logical {
			return g.logicalKind()
		}
		return map[string]any{"type": "fixed", "name": g.name("F"), "size": 1 + g.pick(5, "size")}
	case 10:
		return map[string]any{"type": "array", "items": g.kind(depth + 1)}
	case 11:
		return map[string]any{"type": "map", "values": g.kind(depth + 1)}
	case 12:
		return g.record(depth)
	case 13:
		return g.union(depth)
	default:
		return simple[k]
	}
}

func (g *generator) logicalKind() any {
	fixed := func(l string, size int) any {
		return map[string]any{"type": "fixed", "name": g.name("F"), "size": size, "logicalType": l, "precision": 12, "scale": 3}
	}
	switch k := g.pick(len(logicals)+3, "logical"); k - len(logicals) {
	case 0:
		return fixed("decimal", 8)
	case 1:
		return fixed("duration", 12)
	case 2:
		return fixed("uuid", 16)
	default:
		return logicals[k]
	}
}

func (g *generator) union(depth int) any {
	seen, branches := map[string]bool{}, []any{}
	for range 1 + g.pick(4, "branches") {
		branch := g.kind(depth + 1)
		key := fmt.Sprint(branch)
		switch b := branch.(type) {
		case []any:
			continue
		case map[string]any:
			if b["name"] == nil {
				key = fmt.Sprint(b["type"])
			}
		}
		if !seen[key] {
			seen[key] = true
			branches = append(branches, branch)
		}
	}
	if len(branches) == 0 {
		return []any{"null"}
	}
	return branches
}

// value appends the Avro bytes of a value of t.
func (g *generator) value(buf []byte, t *Type, depth int) []byte {
	switch t.Kind {
	case Boolean:
		return append(buf, byte(g.pick(2, "boolean")))
	case Int:
		return binary.AppendVarint(buf, int64(rapid.Int32().Draw(g.T, "int")))
	case Long:
		n := rapid.Int64().Draw(g.T, "long")
		if t.Logical != "" {
			n >>= 13 // so that it fits time.Duration
		}
		return binary.AppendVarint(buf, n)
	case Float:
		return binary.LittleEndian.AppendUint32(buf, math.Float32bits(rapid.Float32().Draw(g.T, "float")))
	case Double:
		return binary.LittleEndian.AppendUint64(buf, math.Float64bits(rapid.Float64().Draw(g.T, "double")))
	case Enum:
		return binary.AppendVarint(buf, int64(g.pick(len(t.Symbols), "symbol")))
	case String:
		text := rapid.StringN(0, 8, 64).Draw(g.T, "string")
		if t.Logical == UUID {
			text = formatUUID(g.raw(16))
		}
		return append(binary.AppendVarint(buf, int64(len(text))), text...)
	case Bytes, Fixed:
		raw := g.raw(t.Size)
		if t.Logical == Decimal {
			n := big.NewInt(rapid.Int64Range(-99_999_999, 99_999_999).Draw(g.T, "unscaled"))
			raw, _ = twosComplement(n, t)
		} else if t.Kind == Bytes {
			raw = g.raw(g.pick(6, "bytes"))
		}
		if t.Kind == Bytes {
			buf = binary.AppendVarint(buf, int64(len(raw)))
		}
		return append(buf, raw...)
	case Record:
		for _, f := range t.Fields {
			buf = g.value(buf, f.Type, depth+1)
		}
		return buf
	case Union:
		n := g.pick(len(t.Branches), "branch")
		if depth > 6 && t.Branches[0].Kind == Null {
			n = 0 // a recursive record has to end
		}
		return g.value(binary.AppendVarint(buf, int64(n)), t.Branches[n], depth+1)
	case Array, Map:
		return g.items(buf, t, depth)
	}
	return buf
}

func (g *generator) raw(n int) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(g.T, "raw") }

func (g *generator) items(buf []byte, t *Type, depth int) []byte {
	key := 0
	for range 1 + g.pick(2, "blocks") {
		count := g.pick(3, "count")
		if count == 0 {
			break
		}
		var block []byte
		for range count {
			if t.Kind == Map {
				name := fmt.Sprintf("k\"%d", key)
				key++
				block = append(binary.AppendVarint(block, int64(len(name))), name...)
			}
			block = g.value(block, t.Items, depth+1)
		}
		if g.blocks && g.pick(2, "sized") == 0 {
			buf = binary.AppendVarint(binary.AppendVarint(buf, int64(-count)), int64(len(block)))
		} else {
			buf = binary.AppendVarint(buf, int64(count))
		}
		buf = append(buf, block...)
		if !g.blocks {
			break
		}
	}
	return append(buf, 0)
}

// Whatever is drawn is valid, and the codec reads back what it writes, byte for byte.
func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true}
		s := g.schema()
		value := g.value([]byte{}, s.Type, 0)
		p, err := NewProjection(s, Bare, nil)
		if err != nil {
			rt.Fatal(err)
		}
		if err := p.Validate(value); err != nil {
			rt.Fatalf("%v\n%s\n%x", err, s.Text, value)
		}
		codec := NewCodec(s)
		line, err := codec.ToJSON(value)
		if err != nil {
			rt.Fatalf("%v\n%s\n%x", err, s.Text, value)
		}
		if !json.Valid(line) || strings.Contains(string(line), "\n") {
			rt.Fatalf("not one line of JSON: %s", line)
		}
		again, err := codec.FromJSON(line)
		if err != nil {
			rt.Fatalf("%v\n%s\n%s", err, s.Text, line)
		}
		if string(again) != string(value) {
			rt.Fatalf("%s\n%s\n got %x\nwant %x", s.Text, line, again, value)
		}
	})
}

// Blocks with and without sizes hold the same values.
func TestJSONOfBlocks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		s := g.schema()
		value := g.value([]byte{}, s.Type, 0)
		codec := NewCodec(s)
		line, err := codec.ToJSON(value)
		if err != nil {
			rt.Fatalf("%v\n%s\n%x", err, s.Text, value)
		}
		again, err := codec.FromJSON(line)
		if err != nil {
			rt.Fatalf("%v\n%s\n%s", err, s.Text, line)
		}
		if second, err := codec.ToJSON(again); err != nil || string(second) != string(line) {
			rt.Fatalf("%v\n%s\n%s", err, line, second)
		}
	})
}

// What Canonical gives is a schema of the same values.
func TestCanonicalIsAFixedPoint(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := (&generator{T: rt, logical: true}).schema()
		again, err := Parse([]byte(s.Canonical()))
		if err != nil {
			rt.Fatalf("%v\n%s", err, s.Canonical())
		}
		if !Equal(s, again) || s.Fingerprint() != again.Fingerprint() {
			rt.Fatalf("%s\n%s", s.Canonical(), again.Canonical())
		}
	})
}
