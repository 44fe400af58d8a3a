package topology

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/document"
)

// union writes the first branch that n can be a value of.
func (v *valueReader) union(buf []byte, t *schemas.Type, n *document.Node, path string) ([]byte, bool) {
	at, content, ok := v.branch(t, n, path)
	if !ok {
		return buf, false
	}
	return v.encode(binary.AppendVarint(buf, int64(at)), t.Branches[at], content, path)
}

// branch chooses the branch of t that n is a value of, by its natural value or as {branch: value}. False: a problem says why none is.
func (v *valueReader) branch(t *schemas.Type, n *document.Node, path string) (at int, content *document.Node, ok bool) {
	candidates := branchesFor(t, n)
	for _, i := range candidates {
		if v.tries(t.Branches[i], n, path) {
			return i, n, true
		}
	}
	if n.Kind == document.Map && len(n.Pairs) == 1 {
		for i, b := range t.Branches {
			if name := n.Pairs[0].Key.Value; name == branchName(b) || name == shortName(branchName(b)) {
				return i, n.Pairs[0].Value, true
			}
		}
	}
	if len(candidates) == 1 {
		return candidates[0], n, true // its own complaint says most
	}
	names := make([]string, len(t.Branches))
	for i, b := range t.Branches {
		names[i] = shortName(branchName(b))
	}
	return 0, n, v.wrong(n, fmt.Sprintf("%s is %s, got %s", named(path), either(names), describe(n)), "")
}

// tries tells whether n can be read as t, and says nothing of it.
func (v *valueReader) tries(t *schemas.Type, n *document.Node, path string) bool {
	quiet := *v.reader
	trial := valueReader{reader: &quiet, steps: v.steps}
	_, ok := trial.encode(nil, t, n, path)
	v.steps = trial.steps
	return ok
}

// branchesFor are the branches that have the form of n, those first that it looks most like: 15 is a number before it is a text.
func branchesFor(t *schemas.Type, n *document.Node) []int {
	var like, other []int
	for i, b := range t.Branches {
		var fits bool
		near := true
		switch b.Kind {
		case schemas.Null:
			fits = n.Kind == document.Null
		case schemas.Record, schemas.Map:
			fits = n.Kind == document.Map
		case schemas.Array:
			fits = n.Kind == document.List
		case schemas.Boolean:
			fits, near = n.Kind == document.Scalar, !n.Quoted && (n.Value == "true" || n.Value == "false")
		case schemas.Int, schemas.Long, schemas.Float, schemas.Double:
			fits, near = n.Kind == document.Scalar, !n.Quoted && isNumber(n.Value) || b.Logical != ""
		default:
			fits = n.Kind == document.Scalar || b.Logical == schemas.Duration && n.Kind == document.Map
			near = n.Quoted || n.Value != "true" && n.Value != "false" && !isNumber(n.Value)
		}
		switch {
		case fits && near:
			like = append(like, i)
		case fits:
			other = append(other, i)
		}
	}
	return append(like, other...)
}

func branchName(t *schemas.Type) string {
	if t.Name != "" {
		return t.Name
	}
	return string(t.Kind)
}

// kindOf is what a type is called in messages.
func kindOf(t *schemas.Type) string {
	switch t.Kind {
	case schemas.Record:
		return "a map of the fields of " + shortName(t.Name)
	case schemas.Array:
		return "a list"
	case schemas.Map:
		return "a map"
	case schemas.Enum:
		return "one of " + either(t.Symbols)
	case schemas.Boolean:
		return "true or false"
	case schemas.Int, schemas.Long:
		if t.Logical != "" {
			return "a " + string(t.Logical)
		}
		return "a whole number"
	case schemas.Float, schemas.Double:
		return "a number"
	}
	if t.Logical != "" {
		return "a " + string(t.Logical)
	}
	return map[schemas.Kind]string{schemas.String: "a string", schemas.Bytes: "bytes in base64", schemas.Fixed: "bytes in base64", schemas.Null: "null"}[t.Kind]
}

// appendLeftOut appends the Avro bytes of a field that a test leaves out.
func appendLeftOut(buf []byte, f *schemas.Field, depth int) []byte {
	if f.HasDefault {
		alone := &schemas.Type{Kind: schemas.Record, Name: "default", Fields: []*schemas.Field{f}}
		if value, err := schemas.NewCodec(&schemas.Schema{Type: alone}).FromJSON([]byte("{}")); err == nil {
			return append(buf, value...)
		}
	}
	return appendZero(buf, f.Type, depth)
}

// zeroDepthMax is how deep the zeros of records stand in each other. A type that cannot end sooner has no zero.
const zeroDepthMax = 32

// appendZero appends the zero of t: empty, 0, false, 1970, the first symbol of an enum, and of a record the defaults of its fields or
// their zeros. Of a union it is null where it may be, else the zero of the first branch that is no record, else of the first.
func appendZero(buf []byte, t *schemas.Type, depth int) []byte {
	switch t.Kind {
	case schemas.Null:
		return buf
	case schemas.Float:
		return append(buf, make([]byte, 4)...)
	case schemas.Double:
		return append(buf, make([]byte, 8)...)
	case schemas.Fixed:
		return append(buf, make([]byte, t.Size)...)
	case schemas.String:
		if t.Logical == schemas.UUID {
			const none = "00000000-0000-0000-0000-000000000000"
			return append(binary.AppendVarint(buf, int64(len(none))), none...)
		}
	case schemas.Bytes:
		if t.Logical == schemas.Decimal {
			return append(buf, 2, 0) // one byte, which is 0
		}
	case schemas.Union:
		at := zeroBranch(t)
		return appendZero(binary.AppendVarint(buf, int64(at)), t.Branches[at], depth+1)
	case schemas.Record:
		if depth > zeroDepthMax {
			return buf
		}
		for _, f := range t.Fields {
			buf = appendLeftOut(buf, f, depth+1)
		}
		return buf
	}
	return append(buf, 0)
}

func zeroBranch(t *schemas.Type) int {
	for _, fits := range []func(*schemas.Type) bool{
		func(b *schemas.Type) bool { return b.Kind == schemas.Null },
		func(b *schemas.Type) bool { return b.Kind != schemas.Record },
	} {
		if at := slices.IndexFunc(t.Branches, fits); at >= 0 {
			return at
		}
	}
	return 0
}

// numberJSON gives a number of YAML as JSON has it.
func numberJSON(text string) ([]byte, bool) {
	switch strings.ToLower(text) {
	case ".nan":
		return []byte(`"NaN"`), true
	case ".inf", "+.inf":
		return []byte(`"Infinity"`), true
	case "-.inf":
		return []byte(`"-Infinity"`), true
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
		return nil, false
	case json.Valid([]byte(text)):
		return []byte(text), true // as exact as it is written
	}
	return strconv.AppendFloat(nil, n, 'g', -1, 64), true
}

func quoteJSON(text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil { // no string fails
		panic(err)
	}
	return quoted
}

// durationJSON writes {months: 1, days: 2, millis: 3}; the codec says what is wrong with it.
func durationJSON(n *document.Node) []byte {
	var parts []string
	for _, p := range n.Pairs {
		number := p.Value.Value
		if _, err := strconv.ParseUint(number, 10, 32); err != nil {
			number = string(quoteJSON(number))
		}
		parts = append(parts, string(quoteJSON(p.Key.Value))+":"+number)
	}
	slices.Sort(parts)
	return []byte("{" + strings.Join(parts, ",") + "}")
}
