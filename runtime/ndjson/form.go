package ndjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Codec turns the plain JSON form of one type into a record's bytes, framing included, and back.
type Codec interface {
	// FromJSON gives the bytes of the value that text is. An error says where text does not fit the type.
	FromJSON(text []byte) ([]byte, error)
	// ToJSON gives the JSON, without a line break, of the value that data is.
	ToJSON(data []byte) ([]byte, error)
}

// Form is how the records of one stream are written. Its zero value writes keys and values as text.
// It is used by one goroutine at a time.
type Form struct {
	Value Codec // nil: text
	Key   Codec // nil: text
	// DeriveKey gives the key of a record whose line does not say one; nil: such a record has no key.
	DeriveKey func(value []byte) ([]byte, error)
	// Envelope makes Append write envelopes always, not only where a plain value would be misread.
	Envelope bool
}

// Text is the Codec of values that are text: JSON strings. Bytes that are not UTF-8 have no JSON in it.
type Text struct{}

// FromJSON gives the text of a JSON string.
func (Text) FromJSON(text []byte) ([]byte, error) {
	var s *string
	if err := json.Unmarshal(text, &s); err != nil || s == nil {
		return nil, fmt.Errorf("want a JSON string, or {\"$raw\": BASE64}; have %s", clip(text))
	}
	return []byte(*s), nil
}

// ToJSON gives data as a JSON string.
func (Text) ToJSON(data []byte) ([]byte, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	return appendString(nil, string(data)), nil
}

// appendString appends s as a JSON string, with <, > and & as they are.
func appendString(dst []byte, s string) []byte {
	buf := bytes.NewBuffer(dst)
	encoder := json.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil { // no string fails
		panic(err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// clip shortens text for an error message.
func clip(text []byte) []byte {
	const max = 60
	text = bytes.TrimSpace(text)
	if len(text) <= max {
		return text
	}
	cut := max
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return append(bytes.Clone(text[:cut]), "…"...)
}

func codec(c Codec) Codec {
	if c == nil {
		return Text{}
	}
	return c
}
