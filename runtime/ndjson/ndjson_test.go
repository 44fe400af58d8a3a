package ndjson

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

func TestRead(t *testing.T) {
	at := time.Date(2026, time.November, 1, 8, 0, 0, 0, time.UTC)
	for line, want := range map[string]*kgo.Record{
		`"a"`:                        {Value: []byte("a")},
		`""`:                         {Value: []byte{}},
		`null`:                       {},
		`"null"`:                     {Value: []byte("null")},
		`"{\"$value\":1}"`:           {Value: []byte(`{"$value":1}`)},
		`{"$raw":"AAEC"}`:            {Value: []byte{0, 1, 2}},
		`{"$raw":""}`:                {Value: []byte{}},
		`{ "$value": null}`:          {},
		`{"$value":"a","$key":"k"}`:  {Key: []byte("k"), Value: []byte("a")},
		`{"$value":"a","$key":null}`: {Value: []byte("a")},
		`{"$key":{"$raw":"/w=="},"$value":{"$raw":"AA=="}}`:     {Key: []byte{255}, Value: []byte{0}},
		`{"$value":"a","$time":"2026-11-01T09:00:00+01:00"}`:    {Value: []byte("a"), Timestamp: at},
		`{"$value":"a","$time":1793520000000}`:                  {Value: []byte("a"), Timestamp: at},
		`{"$value":"a","$headers":{"h":"1","i":null}}`:          {Value: []byte("a"), Headers: headers("h", "1", "i", nil)},
		`{"$value":"a","$headers":{"h":["1",{"$raw":"Mg=="}]}}`: {Value: []byte("a"), Headers: headers("h", "1", "h", "2")},
	} {
		got, err := new(Form).Read([]byte(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		got.Timestamp = got.Timestamp.UTC()
		want.Timestamp = want.Timestamp.UTC()
		if diff := cmp.Diff(want, got, onlyFields); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for line, want := range map[string]string{
		`{"a":`:                                   "not JSON, at byte 5",
		`"a" "b"`:                                 "not JSON, at byte 5",
		`1`:                                       `want a JSON string, or {"$raw": BASE64}; have 1`,
		`{"value":"a"}`:                           "want a JSON string",
		`{"$key":"k"}`:                            "an envelope needs $value",
		`{"$value":"a","$value":"b"}`:             `"$value" stands twice`,
		`{"$value":"a","key":"k"}`:                "key: no such member; an envelope has $key, $value, $headers, $time",
		`{"$value":"a","$key":7}`:                 "$key: want a JSON string",
		`{"$value":"a","$time":"yesterday"}`:      "$time: want RFC 3339",
		`{"$value":"a","$time":1.5}`:              "$time: want RFC 3339",
		`{"$value":"a","$time":null}`:             "$time: want RFC 3339",
		`{"$value":"a","$time":-1}`:               "before 1970",
		`{"$value":"a","$headers":[1]}`:           "$headers: want a JSON object",
		`{"$value":"a","$headers":{"h":1}}`:       `$headers: "h": want a JSON string`,
		`{"$raw":"A"}`:                            "$raw: want base64, padded",
		`{"$raw":1}`:                              "$raw: want base64 in a JSON string",
		`{"$value":"a","$time":"` + "\x00" + `"}`: "not JSON",
	} {
		_, err := new(Form).Read([]byte(line))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %q", line, err, want)
		}
	}
}

// object is a codec whose values are any JSON object, as a map type is.
type object struct{}

func (object) FromJSON(text []byte) ([]byte, error) { return bytes.Clone(text), nil }
func (object) ToJSON(data []byte) ([]byte, error)   { return data, nil }

func TestPlainValueIsNeverMisread(t *testing.T) {
	f := &Form{Value: object{}}
	for value, line := range map[string]string{
		`{"value":{"key":1}}`:     `{"value":{"key":1}}`,
		`{"a":{"$value":1}}`:      `{"a":{"$value":1}}`,
		`{"$value":1}`:            `{"$value":{"$value":1}}`,
		`{"$price":1,"$key":"x"}`: `{"$value":{"$price":1,"$key":"x"}}`,
		`{"$raw":"AA=="}`:         `{"$raw":"eyIkcmF3IjoiQUE9PSJ9"}`,
		`null`:                    `{"$raw":"bnVsbA=="}`,
	} {
		got := f.Append(nil, &kgo.Record{Value: []byte(value)})
		if string(got) != line {
			t.Errorf("%s is written as %s; want %s", value, got, line)
		}
		r, err := f.Read(got)
		if err != nil || string(r.Value) != value {
			t.Errorf("%s is read back as %s, %v", value, r.Value, err)
		}
	}
}

// Law: what Append writes as an envelope, Read reads as the same record; and without an envelope the same value.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOfN(rapid.Byte(), 0, 6), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }))
		r := &kgo.Record{Key: some.Draw(t, "key"), Value: some.Draw(t, "value")}
		r.Timestamp = time.UnixMilli(rapid.Int64Range(0, 400_000_000_000_000).Draw(t, "time")).UTC()
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "$c", ""}), 0, 3).Draw(t, "headers") {
			for _, h := range r.Headers {
				if h.Key == name {
					name = "other" + name
				}
			}
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: some.Draw(t, "header")})
			if rapid.Bool().Draw(t, "twice") {
				r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: some.Draw(t, "header")})
			}
		}
		for _, f := range []*Form{{}, {Envelope: true}} {
			line := f.Append(nil, r)
			if bytes.ContainsAny(line, "\r\n") {
				t.Fatalf("a line break in %q", line)
			}
			got, err := f.Read(line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			want := r
			if !f.Envelope {
				want = &kgo.Record{Value: r.Value}
			}
			got.Timestamp = got.Timestamp.UTC()
			want.Timestamp = want.Timestamp.UTC()
			if diff := cmp.Diff(want, got, onlyFields); diff != "" {
				t.Fatalf("%s: %s", line, diff)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{`"a"`, `{"$value":"a","$key":"k","$time":1,"$headers":{"h":["1"]}}`, `{"$raw":"AA=="}`, `{`, "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		form := &Form{Envelope: true}
		r, err := form.Read(line)
		if err != nil {
			return
		}
		again, err := form.Read(form.Append(nil, r))
		if err != nil || !bytes.Equal(r.Value, again.Value) || !bytes.Equal(r.Key, again.Key) || len(r.Headers) != len(again.Headers) {
			t.Errorf("%q: read again as %v, %v", line, again, err)
		}
	})
}

var onlyFields = cmp.FilterPath(func(p cmp.Path) bool {
	field, ok := p.Last().(cmp.StructField)
	return ok && field.Name() != "" && field.Name()[0] >= 'a'
}, cmp.Ignore())

func headers(pairs ...any) (all []kgo.RecordHeader) {
	for i := 0; i < len(pairs); i += 2 {
		h := kgo.RecordHeader{Key: pairs[i].(string)}
		if text, ok := pairs[i+1].(string); ok {
			h.Value = []byte(text)
		}
		all = append(all, h)
	}
	return all
}
