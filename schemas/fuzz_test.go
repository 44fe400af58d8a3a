package schemas

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
)

// everything has a field of every kind.
const everything = `{"type":"record","name":"a.Every","fields":[
	{"name":"nothing","type":"null"},{"name":"flag","type":"boolean"},{"name":"small","type":"int"},{"name":"large","type":"long"},
	{"name":"single","type":"float"},{"name":"double","type":"double"},{"name":"raw","type":"bytes"},{"name":"text","type":"string"},
	{"name":"enum","type":{"type":"enum","name":"Plan","symbols":["FREE","PRO"]},"default":"FREE"},
	{"name":"fixed","type":{"type":"fixed","name":"Four","size":4}},
	{"name":"tags","type":{"type":"array","items":"string"},"default":[]},
	{"name":"empties","type":{"type":"array","items":"null"},"default":[]},
	{"name":"attrs","type":{"type":"map","values":["null","long"]},"default":{}},
	{"name":"either","type":["null","int","long","string",{"type":"map","values":"int"}],"default":null},
	{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"on","type":{"type":"int","logicalType":"date"}},
	{"name":"clock","type":{"type":"int","logicalType":"time-millis"}},{"name":"id","type":{"type":"string","logicalType":"uuid"}},
	{"name":"span","type":{"type":"fixed","name":"Span","size":12,"logicalType":"duration"}},
	{"name":"next","type":["null","Every"],"default":null}]}`

const everyLine = `{"nothing":null,"flag":true,"small":-3,"large":9007199254740993,"single":1.5,"double":1e300,"raw":"AAH/","text":"h\u00e9 \"\\",` +
	`"enum":"PRO","fixed":"AAECAw==","tags":["a","b"],"empties":[null,null],"attrs":{"k":1,"n":null},"either":{"long":5},"price":"12.50",` +
	`"at":"2026-11-01T09:30:00.000001Z","on":"2026-11-01","clock":"09:30:00.25","id":"123e4567-e89b-12d3-a456-426614174000",` +
	`"span":{"months":1,"days":2,"millis":3},"next":null}`

func everySchema(tb testing.TB) *Schema {
	tb.Helper()
	s, err := Parse([]byte(everything))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func everyValue(tb testing.TB) []byte {
	tb.Helper()
	value, err := NewCodec(everySchema(tb)).FromJSON([]byte(everyLine))
	if err != nil {
		tb.Fatal(err)
	}
	return value
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("*.avsc")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(everything))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse([]byte(s.Canonical()))
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Canonical())
		}
		if !Equal(s, again) {
			t.Fatalf("%s\n%s", s.Canonical(), again.Canonical())
		}
	})
}

func FuzzRead(f *testing.F) {
	s := everySchema(f)
	var paths []string
	for _, field := range s.Type.Fields {
		paths = append(paths, field.Name, "next."+field.Name)
	}
	paths = append(paths[:len(paths)-1], "")
	p, err := NewProjection(s, Bare, paths)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(everyValue(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		var row stage.Row
		p.Read(data, &row)
		valid := p.Validate(data) == nil
		if (row.Err == nil) != (row.Filled == p.Len()) {
			t.Fatalf("filled %d of %d: %v", row.Filled, p.Len(), row.Err)
		}
		if valid && row.Err != nil {
			t.Fatalf("valid, but %v", row.Err)
		}
		if row.Err == nil && !valid && len(row.Slots[p.Slot("")].S) == len(data) {
			t.Fatal("all was read, but it is not valid")
		}
	})
}

func FuzzToJSON(f *testing.F) {
	codec := NewCodec(everySchema(f))
	p, err := NewProjection(everySchema(f), Bare, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(everyValue(f))
	f.Fuzz(func(t *testing.T, value []byte) {
		line, err := codec.ToJSON(value)
		if err != nil {
			return
		}
		if err := p.Validate(value); err != nil {
			t.Fatal(err)
		}
		again, err := codec.FromJSON(line)
		if err != nil {
			// Too many digits, or no uuid: written as it is, but not accepted from people.
			if strings.Contains(err.Error(), `price": `) || strings.Contains(err.Error(), `id": `) {
				return
			}
			t.Fatalf("%v\n%s", err, line)
		}
		second, err := codec.ToJSON(again)
		if err != nil || !bytes.Equal(line, second) {
			t.Fatalf("%v\n%s\n%s", err, line, second)
		}
	})
}

func FuzzFromJSON(f *testing.F) {
	s := everySchema(f)
	codec := NewCodec(s)
	p, err := NewProjection(s, Bare, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(everyLine))
	f.Add([]byte(`{"either":{"int":1},"price":1e2,"at":0}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		value, err := codec.FromJSON(line)
		if err != nil {
			return
		}
		if err := p.Validate(value); err != nil {
			t.Fatal(err)
		}
		text, err := codec.ToJSON(value)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := codec.FromJSON(text); err != nil || !bytes.Equal(again, value) {
			t.Fatalf("%v\n%s\n%s", err, line, text)
		}
	})
}
