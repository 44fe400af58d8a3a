package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// jsonValue is one value of a JSON text. Numbers keep their text, objects the order of their keys.
type jsonValue struct {
	kind  jsonKind
	at    int    // its byte in the text
	text  string // of a number as written, of a string decoded
	keys  []string
	items []jsonValue // of an array; of an object, the values of keys
}

// jsonKind is the kind of a jsonValue, worded for errors.
type jsonKind string

const (
	jsonNull   jsonKind = "null"
	jsonTrue   jsonKind = "true"
	jsonFalse  jsonKind = "false"
	jsonNumber jsonKind = "a number"
	jsonString jsonKind = "a string"
	jsonArray  jsonKind = "an array"
	jsonObject jsonKind = "an object"
)

// maxJSONDepth is how deeply arrays and objects may stand in each other.
const maxJSONDepth = 2 * MaxDepth

// get gives the value of a key, nil where the object has none of that name.
func (v *jsonValue) get(key string) *jsonValue {
	for i, k := range v.keys {
		if k == key {
			return &v.items[i]
		}
	}
	return nil
}

// native gives the value as encoding/json would.
func (v *jsonValue) native(text []byte) any {
	var native any
	// Cannot fail: the text was valid when v was read from it.
	_ = json.NewDecoder(bytes.NewReader(text[v.at:])).Decode(&native)
	return native
}

// parseJSON reads one JSON value. Two equal keys in an object and depth beyond maxJSONDepth are errors.
func parseJSON(text []byte) (*jsonValue, error) {
	if !json.Valid(text) {
		return nil, explainJSON(text)
	}
	if !utf8.Valid(text) {
		return nil, errors.New("JSON text is not UTF-8")
	}
	r := jsonReader{text: text}
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// explainJSON says where a text stops being JSON.
func explainJSON(text []byte) error {
	var syntax *json.SyntaxError
	err := json.Unmarshal(text, new(any))
	if len(bytes.TrimSpace(text)) == 0 {
		return errors.New("JSON text is empty")
	}
	if errors.As(err, &syntax) {
		return fmt.Errorf("JSON text at %s: %w", place(text, int(syntax.Offset)-1), err)
	}
	return fmt.Errorf("JSON text: %w", err)
}

// place words a byte of a text as line and column, both from 1.
func place(text []byte, at int) string {
	before := text[:min(max(at, 0), len(text))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):])
	if !bytes.Contains(bytes.TrimSpace(text), []byte("\n")) {
		return fmt.Sprintf("column %d", column)
	}
	return fmt.Sprintf("line %d, column %d", line, column)
}

// jsonReader takes apart a text that is known to be valid JSON.
type jsonReader struct {
	text []byte
	at   int
}

func (r *jsonReader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

// accept steps over the next byte if it is c.
func (r *jsonReader) accept(c byte) bool {
	r.space()
	if r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *jsonReader) value(depth int) (jsonValue, error) {
	r.space()
	v := jsonValue{at: r.at}
	if depth > maxJSONDepth {
		return v, fmt.Errorf("JSON text at %s: more than %d levels deep", place(r.text, r.at), maxJSONDepth)
	}
	switch c := r.text[r.at]; c {
	case 'n':
		v.kind, r.at = jsonNull, r.at+len("null")
	case 't':
		v.kind, r.at = jsonTrue, r.at+len("true")
	case 'f':
		v.kind, r.at = jsonFalse, r.at+len("false")
	case '"':
		v.kind, v.text = jsonString, r.string()
	case '[':
		v.kind = jsonArray
		return v, r.array(&v, depth)
	case '{':
		v.kind = jsonObject
		return v, r.object(&v, depth)
	default:
		v.kind, v.text = jsonNumber, r.number()
	}
	return v, nil
}

func (r *jsonReader) number() string {
	start := r.at
	for r.at < len(r.text) && bytes.IndexByte([]byte("+-.0123456789eE"), r.text[r.at]) >= 0 {
		r.at++
	}
	return string(r.text[start:r.at])
}

func (r *jsonReader) string() string {
	start, plain := r.at, true
	r.at++
	for ; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			plain = false
			r.at++
		}
	}
	r.at++
	if plain {
		return string(r.text[start+1 : r.at-1])
	}
	var decoded string
	_ = json.Unmarshal(r.text[start:r.at], &decoded) // cannot fail in a valid text
	return decoded
}

func (r *jsonReader) array(v *jsonValue, depth int) error {
	r.at++
	if r.accept(']') {
		return nil
	}
	for {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
		if r.accept(']') {
			return nil
		}
		r.accept(',')
	}
}

func (r *jsonReader) object(v *jsonValue, depth int) error {
	r.at++
	if r.accept('}') {
		return nil
	}
	var seen map[string]bool // only once there are too many keys to look through
	for {
		r.space()
		at, key := r.at, r.string()
		if len(v.keys) == 16 {
			seen = make(map[string]bool, 32)
			for _, k := range v.keys {
				seen[k] = true
			}
		}
		if seen[key] || seen == nil && v.get(key) != nil {
			return fmt.Errorf("JSON text at %s: key %q stands twice in one object", place(r.text, at), key)
		}
		if seen != nil {
			seen[key] = true
		}
		r.accept(':')
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		v.keys, v.items = append(v.keys, key), append(v.items, item)
		if r.accept('}') {
			return nil
		}
		r.accept(',')
	}
}
