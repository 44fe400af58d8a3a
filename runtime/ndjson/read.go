package ndjson

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Read gives the record that a line is: its key, value, headers and time; the time is zero where the line does not
// say one. The record keeps nothing of line.
func (f *Form) Read(line []byte) (*kgo.Record, error) {
	if !json.Valid(line) {
		return nil, syntax(line)
	}
	r := new(kgo.Record)
	members, err := envelope(line)
	if err != nil {
		return nil, err
	}
	keyed := false
	if members == nil {
		r.Value, err = f.bytes(codec(f.Value), line)
		if err != nil {
			return nil, err
		}
	} else if keyed, err = f.open(r, members); err != nil {
		return nil, err
	}
	if !keyed && f.DeriveKey != nil && r.Value != nil {
		if r.Key, err = f.DeriveKey(r.Value); err != nil {
			return nil, fmt.Errorf("derive the key: %w; an envelope may say its $key", err)
		}
	}
	return r, nil
}

// syntax says where line is not JSON.
func syntax(line []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(line, &any)
	var at *json.SyntaxError
	if errors.As(err, &at) {
		return fmt.Errorf("not JSON, at byte %d: %w", at.Offset, err)
	}
	return fmt.Errorf("not JSON: %w", err)
}

// member is one member of an envelope.
type member struct {
	name string
	text json.RawMessage
}

// envelope gives the members of a line that is an envelope; nil where it is a plain value.
func envelope(line []byte) ([]member, error) {
	if !bytes.Contains(line, []byte(`"$`)) || bytes.TrimSpace(line)[0] != '{' {
		return nil, nil
	}
	members, err := split(line)
	if err != nil {
		return nil, err
	}
	dollars, seen := 0, make(map[string]bool)
	for _, m := range members {
		if m.name != "" && m.name[0] == '$' {
			dollars++
		}
		if seen[m.name] {
			return nil, fmt.Errorf("%q stands twice", m.name)
		}
		seen[m.name] = true
	}
	if dollars == 0 || len(members) == 1 && members[0].name == "$raw" {
		return nil, nil
	}
	if !seen["$value"] {
		return nil, fmt.Errorf("an envelope needs $value; null for a tombstone")
	}
	return members, nil
}

// split takes a JSON object apart, in order.
func split(object []byte) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("want a JSON object; have %s", clip(object))
	}
	var members []member
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: token.(string)} // json.Valid has seen to it
		if err := decoder.Decode(&m.text); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return members, nil
}

// open fills r from an envelope and tells whether the envelope speaks of the key.
func (f *Form) open(r *kgo.Record, members []member) (keyed bool, err error) {
	for _, m := range members {
		switch m.name {
		case "$value":
			r.Value, err = f.bytes(codec(f.Value), m.text)
		case "$key":
			keyed = true
			r.Key, err = f.bytes(codec(f.Key), m.text)
		case "$headers":
			r.Headers, err = readHeaders(m.text)
		case "$time":
			r.Timestamp, err = readTime(m.text)
		default:
			err = fmt.Errorf("no such member; an envelope has $key, $value, $headers, $time")
		}
		if err != nil {
			return keyed, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return keyed, nil
}

// bytes gives the bytes of a JSON value in the type of c: nil for null, and those of {"$raw": BASE64} as they are.
func (f *Form) bytes(c Codec, text []byte) ([]byte, error) {
	text = bytes.TrimSpace(text)
	if string(text) == "null" {
		return nil, nil
	}
	if raw, is, err := readRaw(text); is {
		return raw, err
	}
	data, err := c.FromJSON(text)
	if err == nil && data == nil {
		data = []byte{} // nil would be a tombstone
	}
	return data, err
}

// readRaw gives the bytes of {"$raw": BASE64} and whether text is of that form.
func readRaw(text []byte) (raw []byte, is bool, err error) {
	if text[0] != '{' || !bytes.Contains(text, []byte(`"$raw"`)) {
		return nil, false, nil
	}
	members, err := split(text)
	if err != nil || len(members) != 1 || members[0].name != "$raw" {
		return nil, false, nil
	}
	var s *string
	if err := json.Unmarshal(members[0].text, &s); err != nil || s == nil {
		return nil, true, fmt.Errorf("$raw: want base64 in a JSON string; have %s", clip(members[0].text))
	}
	raw, err = base64.StdEncoding.DecodeString(*s)
	if err != nil {
		return nil, true, fmt.Errorf("$raw: want base64, padded: %w", err)
	}
	if raw == nil {
		raw = []byte{}
	}
	return raw, true, nil
}

// readHeaders reads the $headers of an envelope.
func readHeaders(text []byte) ([]kgo.RecordHeader, error) {
	members, err := split(text)
	if err != nil {
		return nil, err
	}
	var headers []kgo.RecordHeader
	for _, m := range members {
		values := []json.RawMessage{m.text}
		if m.text[0] == '[' {
			if err := json.Unmarshal(m.text, &values); err != nil {
				return nil, err
			}
		}
		for _, v := range values {
			value, err := (&Form{}).bytes(Text{}, v)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", m.name, err)
			}
			headers = append(headers, kgo.RecordHeader{Key: m.name, Value: value})
		}
	}
	return headers, nil
}

// readTime reads the $time of an envelope.
func readTime(text []byte) (time.Time, error) {
	const want = "want RFC 3339, such as \"2026-11-01T08:00:00Z\", or milliseconds since 1970"
	var at time.Time
	if text[0] == '"' {
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return at, err
		}
		parsed, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return at, fmt.Errorf("%s; have %s", want, clip(text))
		}
		at = parsed.Truncate(time.Millisecond)
	} else {
		var ms int64
		if err := json.Unmarshal(text, &ms); err != nil || string(text) == "null" {
			return at, fmt.Errorf("%s; have %s", want, clip(text))
		}
		at = time.UnixMilli(ms)
	}
	if at.UnixMilli() < 0 {
		return at, fmt.Errorf("%s lies before 1970, which Kafka cannot keep", clip(text))
	}
	return at, nil
}
