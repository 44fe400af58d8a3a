package schemas

import (
	"fmt"
	"strings"
	"testing"
)

func parsed(t *testing.T, text string) *Schema {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNamesAreResolved(t *testing.T) {
	s := parsed(t, `{"type":"record","name":"Tree","namespace":"a.b","doc":"A tree.","fields":[
		{"name":"left","type":["null","Tree"],"default":null,"doc":"Smaller.","aliases":["l"]},
		{"name":"kind","type":{"type":"enum","name":"c.Kind","symbols":["X"]}},
		{"name":"again","type":"c.Kind"},
		{"name":"bare","type":{"type":"fixed","name":"Bare","namespace":"","size":2}},
		{"name":"bare2","type":"Bare"}]}`)
	root := s.Type
	if root.Name != "a.b.Tree" || root.Doc != "A tree." {
		t.Errorf("%q %q", root.Name, root.Doc)
	}
	left := root.Field("left")
	if record, ok := left.Type.Optional(); !ok || record != root {
		t.Error("the recursion does not lead back to the root")
	}
	if left.Doc != "Smaller." || !left.HasDefault || left.Default != nil || fmt.Sprint(left.Aliases) != "[l]" {
		t.Errorf("%+v", left)
	}
	if root.Field("again").Type != root.Field("kind").Type || root.Field("bare2").Type.Name != "Bare" {
		t.Error("references lead elsewhere")
	}
}

// A logical type that is not valid where it stands leaves the type as it is.
func TestLogicalTypes(t *testing.T) {
	for text, want := range map[string]Logical{
		`{"type":"int","logicalType":"date"}`:                                                           Date,
		`{"type":"long","logicalType":"date"}`:                                                          "",
		`{"type":"long","logicalType":"timestamp-nanos"}`:                                               TimestampNanos,
		`{"type":"int","logicalType":"timestamp-millis"}`:                                               "",
		`{"type":"long","logicalType":"made-up"}`:                                                       "",
		`{"type":"string","logicalType":"uuid"}`:                                                        UUID,
		`{"type":"fixed","name":"F","size":16,"logicalType":"uuid"}`:                                    UUID,
		`{"type":"fixed","name":"F","size":15,"logicalType":"uuid"}`:                                    "",
		`{"type":"fixed","name":"F","size":12,"logicalType":"duration"}`:                                Duration,
		`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`:                              Decimal,
		`{"type":"bytes","logicalType":"decimal","precision":2,"scale":4}`:                              "",
		`{"type":"bytes","logicalType":"decimal"}`:                                                      "",
		`{"type":"string","logicalType":"decimal","precision":4}`:                                       "",
		`{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4}`:                    Decimal,
		`{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":5}`:                    "",
		`{"type":"bytes","logicalType":"decimal","precision":4,"scale":-1}`:                             "",
		`{"type":"bytes","logicalType":"decimal","precision":99999999999999999999999999999,"scale":-1}`: "",
	} {
		if got := parsed(t, text).Type.Logical; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestSignupSchema(t *testing.T) {
	s := signupSchema(t)
	if s.Type.Fields[0].Name != "user_id" || s.Type.Field("age").Type.Kind != Int || s.File != "signup.avsc" {
		t.Errorf("%+v", s.Type.Fields[0])
	}
	for _, f := range s.Type.Fields {
		if f.Doc == "" {
			t.Errorf("field %q has no doc", f.Name)
		}
	}
	codec := NewCodec(s)
	for _, line := range []string{
		`{"user_id":"a","email":"a@b","country":"DE","created_at":0,"age":20}`,
		`{"user_id":"a","email":"a@b","country":"DE","created_at":0,"age":20,"referrer":"https://x"}`,
		`{"user_id":"a","email":"a@b","country":"DE","created_at":0,"age":20,"referrer":{"source":"x","name":"y"}}`,
		`{"user_id":"a","email":"a@b","country":"DE","created_at":0,"age":20,"referrer":{"Campaign":{"source":"x","name":"y"}}}`,
		`{"user_id":"a","email":"a@b","country":"DE","created_at":0,"age":20,"referrer":{"string":"https://x"}}`,
	} {
		if _, err := codec.FromJSON([]byte(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Texts that are short and would take for ever.
func TestSchemaBombs(t *testing.T) {
	doubling := func(leaf string, fallback string) string {
		var types []string
		for i := range 60 {
			inner := leaf
			if i > 0 {
				inner = fmt.Sprintf(`"R%d"`, i-1)
			}
			types = append(types, fmt.Sprintf(`{"name":"f%d","type":["null",{"type":"record","name":"R%d","fields":[{"name":"a","type":%s%s},{"name":"b","type":%s%s}]}]}`,
				i, i, inner, fallback, inner, fallback))
		}
		types = append(types, `{"name":"last","type":"R59"`+fallback+`}`)
		return `{"type":"record","name":"Bomb","fields":[` + strings.Join(types, ",") + `]}`
	}
	if _, err := Parse([]byte(doubling(`{"type":"fixed","name":"F","size":9}`, `,"default":{}`))); err == nil {
		t.Error("a fixed took an object as default")
	}
	for _, leaf := range []string{`"null"`, `"string"`} {
		s := parsed(t, doubling(leaf, ""))
		data := make([]byte, 4096)
		if _, err := DecodeAny(s.Type, string(data)); err == nil {
			t.Errorf("leaf %s: 2^60 values were decoded", leaf)
		}
		p, err := NewProjection(s, Bare, []string{"last"})
		if err != nil {
			t.Fatal(err)
		}
		_ = p.Validate(data)
	}
	for _, text := range []string{
		strings.Repeat("[", 100_000),
		strings.Repeat(`{"type":"array","items":`, 5000) + `"int"` + strings.Repeat("}", 5000),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%.40s…: no error", text)
		}
	}
	if _, err := Parse([]byte(doublingDefaults())); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("doubling defaults: %v", err)
	}
}

// doublingDefaults is a schema whose last default has 2^40 strings in it.
func doublingDefaults() string {
	var fields []string
	for i := range 40 {
		inner, fallback := `"string"`, `"xyz"`
		if i > 0 {
			inner, fallback = fmt.Sprintf(`"R%d"`, i-1), `{}`
		}
		fields = append(fields, fmt.Sprintf(`{"name":"f%d","type":{"type":"record","name":"R%d","fields":[{"name":"a","type":%s,"default":%s},{"name":"b","type":%s,"default":%s}]},"default":{}}`,
			i, i, inner, fallback, inner, fallback))
	}
	return `{"type":"record","name":"Bomb","fields":[` + strings.Join(fields, ",") + `]}`
}

func TestEqualIgnoresWhatDoesNotBearOnValues(t *testing.T) {
	base := parsed(t, `{"type":"record","name":"A","fields":[{"name":"x","type":"long"}]}`)
	same := parsed(t, `{"type":"record","name":"A","doc":"d","aliases":["B"],"fields":[{"name":"x","type":{"type":"long"},"doc":"e","default":1}]}`)
	if !Equal(base, same) {
		t.Error("docs, aliases and defaults count")
	}
	for _, other := range []string{
		`{"type":"record","name":"B","fields":[{"name":"x","type":"long"}]}`,
		`{"type":"record","name":"A","fields":[{"name":"y","type":"long"}]}`,
		`{"type":"record","name":"A","fields":[{"name":"x","type":"int"}]}`,
		`{"type":"record","name":"A","fields":[{"name":"x","type":{"type":"long","logicalType":"timestamp-millis"}}]}`,
	} {
		if Equal(base, parsed(t, other)) {
			t.Errorf("equal to %s", other)
		}
	}
}
