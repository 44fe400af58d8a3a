package testdriver

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

// form reads the values of one stream.
type form struct {
	codec   *schemas.Codec // nil: values are text
	framing schemas.Framing
	read    map[string]*tree // what was read before: one event comes by many ways, with many seeds
}

func (d *Driver) form(s *topology.Stream) *form {
	f := d.forms[s.Name]
	if f == nil {
		f = &form{codec: s.Value.Codec(), framing: s.Value.Framing, read: map[string]*tree{}}
		d.forms[s.Name] = f
	}
	return f
}

// value gives the natural JSON of a record's value; of bytes that are none of the schema, {"$raw": BASE64}.
func (f *form) value(data []byte) *tree {
	if data == nil || f.codec == nil {
		return textTree(data)
	}
	t := f.read[string(data)]
	if t == nil {
		t = f.decode(data)
		f.read[string(data)] = t
	}
	return t
}

func (f *form) decode(data []byte) *tree {
	body, _, err := f.framing.Strip(data)
	if err != nil {
		return rawTree(data)
	}
	text, err := f.codec.ToJSON(body)
	if err != nil {
		return rawTree(data)
	}
	t := newTree(string(text))
	t.data = data
	return t
}

// tree is a JSON value that fields are looked up in.
type tree struct {
	text    string
	members map[string]*tree // of an object
	raw     bool             // it stands for bytes that are no value
	data    []byte           // of a whole value or key: its bytes
}

func newTree(text string) *tree {
	t := &tree{text: text}
	if !strings.HasPrefix(text, "{") {
		return t
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &members) == nil {
		t.members = make(map[string]*tree, len(members))
		for name, member := range members {
			t.members[name] = newTree(string(member))
		}
	}
	return t
}

// textTree is the JSON of a key or a header.
func textTree(data []byte) *tree {
	switch {
	case data == nil:
		return &tree{text: "null"}
	case !utf8.Valid(data):
		return rawTree(data)
	}
	return &tree{text: quote(string(data)), data: data}
}

func rawTree(data []byte) *tree {
	return &tree{text: `{"$raw":"` + base64.StdEncoding.EncodeToString(data) + `"}`, raw: true, data: data}
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil { // no string fails
		panic(err)
	}
	return string(quoted)
}

// at gives the value at a path of names; nil where there is none.
func (t *tree) at(path string) *tree {
	for name := range strings.SplitSeq(path, ".") {
		t = t.member(name)
	}
	return t
}

func (t *tree) member(name string) *tree {
	if t == nil {
		return nil
	}
	return t.members[name]
}

// is tells whether t is the value of a JSON text, however its members are ordered.
func (t *tree) is(text string) bool {
	if t.text == text || t.raw || text[0] != '{' && text[0] != '[' {
		return t.text == text
	}
	var a, b any
	return json.Unmarshal([]byte(t.text), &a) == nil && json.Unmarshal([]byte(text), &b) == nil && reflect.DeepEqual(a, b)
}

// String is the value as a person would write it in a test: a text without quotes where it cannot be taken for something else.
func (t *tree) String() string {
	if t == nil {
		return ""
	}
	return plain(t.text)
}

func plain(text string) string {
	var s string
	if json.Unmarshal([]byte(text), &s) != nil || s == "" || text == "null" {
		return text
	}
	if _, number := strconv.ParseFloat(s, 64); number == nil || s == "null" || s == "true" || s == "false" {
		return text
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || strings.ContainsRune(`"'{}[],#&*!|>%@`+"`", r) }) || strings.TrimSpace(s) != s || strings.Contains(s, ": ") {
		return text
	}
	return s
}
