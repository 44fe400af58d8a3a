package schemas

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// MaxDefaultBytes is how long the Avro bytes of one default may be. Defaults of records fill in the defaults of their
// fields, so that a short schema could ask for gigabytes.
const MaxDefaultBytes = 1 << 20

// checkDefaults encodes the default of every field, which must fit the field's type.
func (p *parser) checkDefaults() error {
	for _, name := range p.names {
		t := p.named[name]
		for _, f := range t.Fields {
			if err := f.encodeDefault(); err != nil {
				return fmt.Errorf("field %q of record %q: bad default: %w (%s)", f.Name, name, err, place(p.text, f.fallback.at))
			}
		}
	}
	return nil
}

// encodeDefault fills f.fill, once.
func (f *Field) encodeDefault() error {
	if !f.HasDefault || f.fill != nil {
		return nil
	}
	if f.filling {
		return fmt.Errorf("the default of field %q needs itself", f.Name)
	}
	f.filling = true
	defer func() { f.filling = false }()
	fill, err := appendDefault([]byte{}, f.Type, f.fallback)
	if err != nil {
		return err
	}
	f.fill = fill
	return nil
}

// appendDefault appends the Avro bytes of a default, which is written in Avro's own JSON form: bytes as the characters
// of their codes, a value of a union bare. The value may be of any branch, as from version 1.12 of the specification.
func appendDefault(buf []byte, t *Type, v *jsonValue) ([]byte, error) {
	if len(buf) > MaxDefaultBytes {
		return nil, fmt.Errorf("longer than %d bytes", MaxDefaultBytes)
	}
	wrong := func(right string) error {
		return fmt.Errorf("%s in place of %s", v.describe(), right)
	}
	switch t.Kind {
	case Null:
		if v.kind != jsonNull {
			return nil, wrong("null")
		}
	case Boolean:
		switch v.kind {
		case jsonTrue:
			buf = append(buf, 1)
		case jsonFalse:
			buf = append(buf, 0)
		default:
			return nil, wrong("true or false")
		}
	case Int, Long:
		bits := 32
		if t.Kind == Long {
			bits = 64
		}
		n, err := strconv.ParseInt(v.text, 10, bits)
		if v.kind != jsonNumber || err != nil {
			return nil, wrong(fmt.Sprintf("a whole number of %d bits", bits))
		}
		buf = binary.AppendVarint(buf, n)
	case Float, Double:
		n, err := strconv.ParseFloat(v.text, 64)
		if v.kind != jsonNumber || err != nil {
			return nil, wrong("a number")
		}
		buf = appendFloat(buf, t.Kind, n)
	case Enum:
		index := slices.Index(t.Symbols, v.text)
		if v.kind != jsonString || index < 0 {
			return nil, fmt.Errorf("%s is not a symbol of enum %q; %s", v.describe(), t.Name, suggest(v.text, t.Symbols))
		}
		buf = binary.AppendVarint(buf, int64(index))
	case String:
		if v.kind != jsonString {
			return nil, wrong("a string")
		}
		buf = append(binary.AppendVarint(buf, int64(len(v.text))), v.text...)
	case Bytes, Fixed:
		raw, ok := bytesOfCodes(v.text)
		if v.kind != jsonString || !ok || t.Kind == Fixed && len(raw) != t.Size {
			if t.Kind == Fixed {
				return nil, wrong(fmt.Sprintf("a string of %d characters up to \\u00ff", t.Size))
			}
			return nil, wrong("a string of characters up to \\u00ff")
		}
		if t.Kind == Bytes {
			buf = binary.AppendVarint(buf, int64(len(raw)))
		}
		buf = append(buf, raw...)
	default:
		return appendCompoundDefault(buf, t, v, wrong)
	}
	return buf, nil
}

func appendCompoundDefault(buf []byte, t *Type, v *jsonValue, wrong func(string) error) (_ []byte, err error) {
	switch {
	case t.Kind == Union:
		return appendUnionDefault(buf, t, v)
	case t.Kind == Record && v.kind == jsonObject:
		return appendRecordDefault(buf, t, v)
	case t.Kind == Record:
		return nil, wrong(fmt.Sprintf("an object of record %q", t.Name))
	case t.Kind == Array && v.kind != jsonArray:
		return nil, wrong("an array")
	case t.Kind == Map && v.kind != jsonObject:
		return nil, wrong("an object")
	}
	if len(v.items) > 0 {
		buf = binary.AppendVarint(buf, int64(len(v.items)))
	}
	for i := range v.items {
		if t.Kind == Map {
			buf = append(binary.AppendVarint(buf, int64(len(v.keys[i]))), v.keys[i]...)
		}
		if buf, err = appendDefault(buf, t.Items, &v.items[i]); err != nil {
			return nil, err
		}
	}
	return append(buf, 0), nil
}

// appendUnionDefault takes the first branch that v looks like. It never goes back on that: unions within unions would
// make the work exponential.
func appendUnionDefault(buf []byte, t *Type, v *jsonValue) ([]byte, error) {
	var why error
	for i, branch := range t.Branches {
		err := looksLike(branch, v)
		if err == nil {
			return appendDefault(binary.AppendVarint(buf, int64(i)), branch, v)
		}
		if branch.Kind != Null || why == nil {
			why = err
		}
	}
	return nil, fmt.Errorf("it fits no type of the union: %w", why)
}

// looksLike tells why v cannot be a default of t, as far as v shows without what stands in it.
func looksLike(t *Type, v *jsonValue) error {
	right := map[Kind]jsonKind{Array: jsonArray, Map: jsonObject, Record: jsonObject}[t.Kind]
	if right == "" {
		_, err := appendDefault(nil, t, v)
		return err
	}
	if v.kind != right {
		return fmt.Errorf("%s in place of %s", v.describe(), right)
	}
	if t.Kind != Record {
		return nil
	}
	for _, key := range v.keys {
		if t.Field(key) == nil {
			return fmt.Errorf("record %q has no field %q; %s", t.Name, key, suggest(key, fieldNames(t)))
		}
	}
	for _, f := range t.Fields {
		if !f.HasDefault && v.get(f.Name) == nil {
			return fmt.Errorf("field %q of record %q is missing and has no default of its own", f.Name, t.Name)
		}
	}
	return nil
}

func appendRecordDefault(buf []byte, t *Type, v *jsonValue) (_ []byte, err error) {
	for _, key := range v.keys {
		if t.Field(key) == nil {
			return nil, fmt.Errorf("record %q has no field %q; %s", t.Name, key, suggest(key, fieldNames(t)))
		}
	}
	for _, f := range t.Fields {
		given := v.get(f.Name)
		switch {
		case given != nil:
			if buf, err = appendDefault(buf, f.Type, given); err != nil {
				return nil, err
			}
		case f.HasDefault:
			if err := f.encodeDefault(); err != nil {
				return nil, err
			}
			buf = append(buf, f.fill...)
		default:
			return nil, fmt.Errorf("field %q of record %q is missing and has no default of its own", f.Name, t.Name)
		}
		if len(buf) > MaxDefaultBytes {
			return nil, fmt.Errorf("longer than %d bytes", MaxDefaultBytes)
		}
	}
	return buf, nil
}

// describe words a value for errors.
func (v *jsonValue) describe() string {
	const longest = 40
	switch {
	case len(v.text) > longest:
		return fmt.Sprintf("%s of %d characters", v.kind, len(v.text))
	case v.kind == jsonString:
		return strconv.Quote(v.text)
	case v.kind == jsonNumber:
		return v.text
	}
	return string(v.kind)
}

// bytesOfCodes is the byte string that Avro's JSON form writes as characters of the same codes.
func bytesOfCodes(text string) ([]byte, bool) {
	raw := make([]byte, 0, len(text))
	for _, c := range text {
		if c > math.MaxUint8 {
			return nil, false
		}
		raw = append(raw, byte(c))
	}
	return raw, true
}

func appendFloat(buf []byte, kind Kind, n float64) []byte {
	if kind == Float {
		return binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(n)))
	}
	return binary.LittleEndian.AppendUint64(buf, math.Float64bits(n))
}

// checkFinite refuses records that contain themselves with no union, array or map in between: they have no value.
func checkFinite(named map[string]*Type, names []string) error {
	const onTheWay, finite = 1, 2
	state := map[*Type]int{}
	var visit func(t *Type) error
	visit = func(t *Type) error {
		switch {
		case t.Kind != Record || state[t] == finite:
			return nil
		case state[t] == onTheWay:
			return fmt.Errorf("record %q contains itself, so that no value of it could end; put a union with null, an array or a map in between", t.Name)
		}
		state[t] = onTheWay
		for _, f := range t.Fields {
			if err := visit(f.Type); err != nil {
				return err
			}
		}
		state[t] = finite
		return nil
	}
	for _, name := range names {
		if err := visit(named[name]); err != nil {
			return err
		}
	}
	return nil
}
