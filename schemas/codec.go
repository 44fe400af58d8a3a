package schemas

import (
	"errors"
	"fmt"
)

// MaxValueBytes is how long a value made from JSON may become. Missing fields take their defaults, so that a short line
// could ask for much more than it says.
const MaxValueBytes = 64 << 20

// Codec translates values between Avro bytes, without framing, and natural JSON. It is read-only and safe for
// concurrent use. The same line always gives the same bytes, and the same bytes the same line.
//
// Natural JSON is what people write, and differs from the JSON encoding of the Avro specification:
//
//   - A union's value stands bare: null, "text", {"source": "ad"}. The wrapped form {"string": "text"} is read as well,
//     and written where two branches of the union share a JSON form, as int and long do.
//   - Timestamps are RFC 3339 ("2026-11-01T09:30:00Z"), local ones without a zone, dates "2026-11-01", times of day
//     "09:30:00.25". The number of units is read as well, and written beyond the years 0 to 9999. What is finer than
//     the unit is cut off.
//   - bytes and fixed are base64 (RFC 4648, padded). A uuid has its usual form.
//   - A decimal is read from a string or a number, and written as a string.
//   - A duration is {"months": 1, "days": 2, "millis": 3}.
//   - A float that JSON has no number for is "NaN", "Infinity" or "-Infinity".
//   - A missing field takes its default; an unknown one is an error.
//
// The codec does without goavro, which encodes maps in random order, allocates what a block claims, and loses logical
// types that it does not know; the tests hold both against each other.
type Codec struct {
	root    *Type
	written *Resolution // nil: values are written as root
}

// NewCodec makes a codec for values of s.
func NewCodec(s *Schema) *Codec {
	seal(s.Type)
	return &Codec{root: s.Type}
}

// FromJSON gives the Avro bytes of one value in JSON. Errors name the path to what is wrong and what would be right.
func (c *Codec) FromJSON(line []byte) (value []byte, err error) {
	v, err := parseJSON(line)
	if err != nil {
		return nil, err
	}
	e := encoder{buf: make([]byte, 0, len(line))} // never nil: that would be a tombstone
	if !e.value(c.root, v) {
		return nil, e.err()
	}
	return e.buf, nil
}

// ToJSON gives the JSON, on one line, of one value in Avro bytes. Fields stand in the order of the schema, entries of
// maps in that of the bytes. Bytes left over are an error.
func (c *Codec) ToJSON(value []byte) ([]byte, error) {
	if value == nil {
		return nil, ErrTombstone
	}
	if c.written != nil {
		read, err := c.written.Append([]byte{}, value)
		if err != nil {
			return nil, err
		}
		value = read
	}
	w := writer{reader: reader{data: value}, buf: make([]byte, 0, 2*len(value)+64)}
	ok := w.value(c.root)
	if ok && w.pos != len(value) {
		ok = w.fail(faultTrailing, w.pos, 0)
	}
	if !ok {
		return nil, w.reader.err("")
	}
	return w.buf, nil
}

// err words what an encoder came upon.
func (e *encoder) err() error {
	if e.path == "" {
		return errors.New(e.wrong)
	}
	return fmt.Errorf("field %q: %s", e.path, e.wrong)
}

// ambiguous tells whether two branches of a union share a JSON form. Such a union is written wrapped.
func (t *Type) ambiguous() bool {
	var seen jsonForm
	for _, b := range t.Branches {
		form := formOf(b)
		if seen&form != 0 {
			return true
		}
		seen |= form
	}
	return false
}

// jsonForm is a set of the forms that a value can have in JSON.
type jsonForm uint8

const (
	formNull jsonForm = 1 << iota
	formBoolean
	formNumber
	formString
	formArray
	formObject
)

// formOf gives all forms in which a value of t is read.
func formOf(t *Type) jsonForm {
	switch t.code {
	case codeNull:
		return formNull
	case codeBoolean:
		return formBoolean
	case codeInt, codeLong:
		if t.Logical != "" {
			return formNumber | formString
		}
		return formNumber
	case codeFloat, codeDouble:
		return formNumber | formString
	case codeArray:
		return formArray
	case codeMap, codeRecord:
		return formObject
	case codeBytes, codeFixed:
		switch t.Logical {
		case Decimal:
			return formNumber | formString
		case Duration:
			return formObject
		}
	}
	return formString
}

// form is the form of v.
func (v *jsonValue) form() jsonForm {
	switch v.kind {
	case jsonNull:
		return formNull
	case jsonTrue, jsonFalse:
		return formBoolean
	case jsonNumber:
		return formNumber
	case jsonString:
		return formString
	case jsonArray:
		return formArray
	}
	return formObject
}
