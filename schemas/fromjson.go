package schemas

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// encoder appends the Avro bytes of natural JSON. After a mistake its bytes mean nothing.
type encoder struct {
	buf   []byte
	depth int
	path  string // to the mistake
	wrong string
}

func (e *encoder) fail(format string, args ...any) bool {
	e.wrong = fmt.Sprintf(format, args...)
	return false
}

// mismatch is a value of the wrong form.
func (e *encoder) mismatch(v *jsonValue, right string) bool {
	return e.fail("%s in place of %s", v.describe(), right)
}

func (e *encoder) inside(step string) bool {
	e.path = joinPath(step, e.path)
	return false
}

func (e *encoder) long(n int64) { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) text(s string) {
	e.long(int64(len(s)))
	e.buf = append(e.buf, s...)
}

// value appends v as a value of t.
func (e *encoder) value(t *Type, v *jsonValue) bool {
	if len(e.buf) > MaxValueBytes {
		return e.fail("the value is longer than %d bytes", MaxValueBytes)
	}
	if e.depth++; e.depth > MaxDepth {
		return e.fail("values stand more than %d levels deep in each other", MaxDepth)
	}
	var ok bool
	switch t.code {
	case codeUnion:
		ok = e.union(t, v)
	case codeRecord:
		ok = e.record(t, v)
	case codeArray:
		ok = e.array(t, v)
	case codeMap:
		ok = e.entries(t, v)
	default:
		ok = e.scalar(t, v)
	}
	e.depth--
	return ok
}

func (e *encoder) record(t *Type, v *jsonValue) bool {
	if v.kind != jsonObject {
		return e.mismatch(v, "an object of record "+t.Name)
	}
	known := 0
	for i, f := range t.Fields {
		// Most writers keep the order of the schema.
		var given *jsonValue
		if i < len(v.keys) && v.keys[i] == f.Name {
			given = &v.items[i]
		} else {
			given = v.get(f.Name)
		}
		switch {
		case given != nil:
			known++
			if !e.value(f.Type, given) {
				return e.inside(f.Name)
			}
		case f.HasDefault:
			e.buf = append(e.buf, f.fill...)
		case e.unknown(t, v):
			return false // a misspelt field tells more than the one that it should be
		default:
			e.fail("missing, and it has no default")
			return e.inside(f.Name)
		}
	}
	return known == len(v.keys) || !e.unknown(t, v)
}

// unknown fails, and says so, where v has a field that record t does not have.
func (e *encoder) unknown(t *Type, v *jsonValue) bool {
	for _, key := range v.keys {
		if t.Field(key) == nil {
			e.fail("record %s has no field %q; %s", t.Name, key, suggest(key, fieldNames(t)))
			return true
		}
	}
	return false
}

func (e *encoder) array(t *Type, v *jsonValue) bool {
	if v.kind != jsonArray {
		return e.mismatch(v, "an array")
	}
	if len(v.items) > 0 {
		e.long(int64(len(v.items)))
	}
	for i := range v.items {
		if !e.value(t.Items, &v.items[i]) {
			return e.inside(fmt.Sprintf("[%d]", i))
		}
	}
	e.long(0)
	return true
}

func (e *encoder) entries(t *Type, v *jsonValue) bool {
	if v.kind != jsonObject {
		return e.mismatch(v, "an object, for a map")
	}
	if len(v.items) > 0 {
		e.long(int64(len(v.items)))
	}
	for i, key := range v.keys {
		e.text(key)
		if !e.value(t.Items, &v.items[i]) {
			return e.inside("[" + key + "]")
		}
	}
	e.long(0)
	return true
}

// union chooses the branch that v is a value of.
func (e *encoder) union(t *Type, v *jsonValue) bool {
	named, content := t.wrapped(v)
	if named >= 0 && (t.ambiguous() && fits(t.Branches[named], content, fitLevels) || !fitsAny(t, v)) {
		e.long(int64(named))
		return e.value(t.Branches[named], content)
	}
	likely := -1 // the branch whose complaint is worth hearing
	for i, b := range t.Branches {
		if formOf(b)&v.form() == 0 {
			continue
		}
		if fits(b, v, fitLevels) {
			e.long(int64(i))
			return e.value(b, v)
		}
		if likely >= 0 {
			likely = len(t.Branches)
			break
		}
		likely = i
	}
	if likely < 0 && len(t.Branches) == 2 {
		if only, ok := t.Optional(); ok {
			return e.value(only, v) || e.fail("%s, or null", e.wrong)
		}
	}
	if likely >= 0 && likely < len(t.Branches) {
		return e.value(t.Branches[likely], v)
	}
	names := make([]string, len(t.Branches))
	for i, b := range t.Branches {
		names[i] = b.branchName()
	}
	return e.fail("%s is no value of the union of %s", v.describe(), strings.Join(names, ", "))
}

// wrapped takes v as {"branch": content}; -1 where it is not so written. A branch is known by its full name, by the last
// part of it, or by its kind with the logical type, as goavro writes it.
func (t *Type) wrapped(v *jsonValue) (branch int, content *jsonValue) {
	if v.kind != jsonObject || len(v.keys) != 1 {
		return -1, nil
	}
	name, short := v.keys[0], -1
	for i, b := range t.Branches {
		switch {
		case name == b.branchName() || b.Logical != "" && name == string(b.Kind)+"."+string(b.Logical):
			return i, &v.items[0]
		case short < 0 && b.Name != "" && name == b.Name[1+strings.LastIndexByte(b.Name, '.'):]:
			short = i
		}
	}
	return short, &v.items[0]
}

// fitLevels is how deep the choice of a union's branch looks: at the value and at what stands directly in it.
const fitLevels = 2

func fitsAny(t *Type, v *jsonValue) bool {
	return slices.ContainsFunc(t.Branches, func(b *Type) bool { return fits(b, v, fitLevels) })
}

// fits tells whether v can be a value of t, as far as levels levels show. It never looks deeper, since unions within
// unions would make the work exponential.
func fits(t *Type, v *jsonValue, levels int) bool {
	if levels == 0 {
		return true
	}
	switch t.code {
	case codeUnion:
		named, content := t.wrapped(v)
		return named >= 0 && fits(t.Branches[named], content, levels-1) ||
			slices.ContainsFunc(t.Branches, func(b *Type) bool { return fits(b, v, levels) })
	case codeArray, codeMap:
		if formOf(t) != v.form() {
			return false
		}
		for i := range v.items {
			if !fits(t.Items, &v.items[i], levels-1) {
				return false
			}
		}
		return true
	case codeRecord:
		return fitsRecord(t, v, levels)
	}
	return (&encoder{}).scalar(t, v)
}

func fitsRecord(t *Type, v *jsonValue, levels int) bool {
	if v.kind != jsonObject {
		return false
	}
	known := 0
	for _, f := range t.Fields {
		given := v.get(f.Name)
		if given == nil && !f.HasDefault || given != nil && !fits(f.Type, given, levels-1) {
			return false
		}
		if given != nil {
			known++
		}
	}
	return known == len(v.keys)
}
