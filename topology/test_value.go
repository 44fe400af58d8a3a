package topology

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
	"github.com/anabranch-go/anabranch/topology/document"
)

// valueStepsMax is how many values one event of a test may take to be read, those in unions once for each branch that is tried.
const valueStepsMax = 100_000

// valueReader turns the plain YAML of a test into Avro. The schema decides what a text is, not its looks: NO is the country where a
// string is wanted.
type valueReader struct {
	*reader
	problems diagnostic.Problems // what is wrong with the value
	unsaid   []string            // paths of fields that hold the zero of their type
	steps    int
}

// wrong notes a mistake at a node. It shadows reader.wrong: a branch of a union may be tried in vain.
func (v *valueReader) wrong(n *document.Node, what, remedy string) bool {
	v.problems = append(v.problems, n.Problem("A1002", what, remedy))
	return false
}

// encode appends the Avro bytes of n as a value of t; path is where it stands in the event. False: a problem says why not.
func (v *valueReader) encode(buf []byte, t *schemas.Type, n *document.Node, path string) ([]byte, bool) {
	if v.steps++; v.steps > valueStepsMax {
		return buf, v.wrong(n, "this value is too large to be read", "make it smaller")
	}
	switch {
	case n.Broken:
		return buf, false
	case t.Kind == schemas.Union:
		return v.union(buf, t, n, path)
	case n.Kind == document.Null && t.Kind != schemas.Null:
		return buf, v.wrong(n, fmt.Sprintf("%s is empty", named(path)), fmt.Sprintf("it is %s", kindOf(t)))
	case t.Kind == schemas.Record:
		return v.record(buf, t, n, path)
	case t.Kind == schemas.Array:
		return v.array(buf, t, n, path)
	case t.Kind == schemas.Map:
		return v.entries(buf, t, n, path)
	}
	return v.scalar(buf, t, n, path)
}

// record takes what is left out from the schema: its default, else the zero of its type.
func (v *valueReader) record(buf []byte, t *schemas.Type, n *document.Node, path string) ([]byte, bool) {
	if n.Kind != document.Map {
		return buf, v.mismatch(t, n, path)
	}
	ok := v.knows(t, n)
	for _, f := range t.Fields {
		at := join2(path, f.Name)
		if _, value := n.Get(f.Name); value != nil {
			var fits bool
			buf, fits = v.encode(buf, f.Type, value, at)
			ok = ok && fits
			continue
		}
		if !f.HasDefault {
			v.unsaid = append(v.unsaid, at)
		}
		buf = appendLeftOut(buf, f, 0)
	}
	return buf, ok
}

// knows tells whether record t has every key of n, and reports those that it does not have.
func (v *valueReader) knows(t *schemas.Type, n *document.Node) bool {
	ok := true
	for _, p := range n.Pairs {
		if t.Field(p.Key.Value) == nil {
			var names []string
			for _, f := range t.Fields {
				names = append(names, f.Name)
			}
			ok = v.wrong(p.Key, fmt.Sprintf("record %s has no field %s", shortName(t.Name), p.Key.Value), suggest(p.Key.Value, names, "fields"))
		}
	}
	return ok
}

func (v *valueReader) array(buf []byte, t *schemas.Type, n *document.Node, path string) ([]byte, bool) {
	if n.Kind != document.List {
		return buf, v.mismatch(t, n, path)
	}
	ok := true
	if len(n.Items) > 0 {
		buf = binary.AppendVarint(buf, int64(len(n.Items)))
	}
	for i, item := range n.Items {
		var fits bool
		buf, fits = v.encode(buf, t.Items, item, fmt.Sprintf("%s[%d]", path, i))
		ok = ok && fits
	}
	return append(buf, 0), ok
}

func (v *valueReader) entries(buf []byte, t *schemas.Type, n *document.Node, path string) ([]byte, bool) {
	if n.Kind != document.Map {
		return buf, v.mismatch(t, n, path)
	}
	ok := true
	if len(n.Pairs) > 0 {
		buf = binary.AppendVarint(buf, int64(len(n.Pairs)))
	}
	for _, p := range n.Pairs {
		buf = append(binary.AppendVarint(buf, int64(len(p.Key.Value))), p.Key.Value...)
		var fits bool
		buf, fits = v.encode(buf, t.Items, p.Value, fmt.Sprintf("%s[%q]", path, p.Key.Value))
		ok = ok && fits
	}
	return append(buf, 0), ok
}

// scalar leaves it to the codec of natural JSON to say what a text can be.
func (v *valueReader) scalar(buf []byte, t *schemas.Type, n *document.Node, path string) ([]byte, bool) {
	text, ok := v.json(t, n)
	if !ok {
		return buf, v.mismatch(t, n, path)
	}
	value, err := schemas.NewCodec(&schemas.Schema{Type: t}).FromJSON(text)
	if err != nil {
		remedy := ""
		if t.Kind == schemas.Boolean {
			remedy = booleanMeant(n)
		} else if n.Quoted && text[0] == '"' && isNumber(n.Value) && t.Logical == "" {
			remedy = "take the quotes away"
		}
		return buf, v.wrong(n, fmt.Sprintf("%s: %v", named(path), err), remedy)
	}
	return append(buf, value...), true
}

// json gives the natural JSON of n as a value of t; false where n has the wrong kind.
func (v *valueReader) json(t *schemas.Type, n *document.Node) ([]byte, bool) {
	switch {
	case n.Kind == document.Null:
		return []byte("null"), true
	case t.Logical == schemas.Duration && n.Kind == document.Map:
		return durationJSON(n), true
	case n.Kind != document.Scalar:
		return nil, false
	}
	text, ok := v.expand(n)
	if !ok {
		return []byte("null"), true
	}
	switch t.Kind {
	case schemas.Boolean:
		if !n.Quoted && (text == "true" || text == "false") {
			return []byte(text), true
		}
	case schemas.Int, schemas.Long, schemas.Float, schemas.Double:
		if number, ok := numberJSON(text); ok && !n.Quoted {
			return number, true
		}
	}
	return quoteJSON(text), true
}

func (v *valueReader) mismatch(t *schemas.Type, n *document.Node, path string) bool {
	return v.wrong(n, fmt.Sprintf("%s is %s, got %s", named(path), kindOf(t), describe(n)), "")
}

// booleanMeant is the remedy for the words that YAML 1.1 takes for booleans.
func booleanMeant(n *document.Node) string {
	switch strings.ToLower(n.Value) {
	case "yes", "on", "y", "true":
		return "say true"
	case "no", "off", "n", "false":
		return "say false"
	}
	return "say true or false"
}

func isNumber(text string) bool { _, err := strconv.ParseFloat(text, 64); return err == nil }

// named is what messages call the value at path.
func named(path string) string {
	if path == "" {
		return "the value"
	}
	return "field " + path
}

func join2(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func shortName(full string) string { return full[1+strings.LastIndexByte(full, '.'):] }
