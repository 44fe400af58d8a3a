package expression

import (
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
)

// anySchema has a field of each kind that only Value reads.
const anySchema = `{"type":"record","name":"R","fields":[
	{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
	{"name":"source","type":["null","string",{"type":"record","name":"Ad","fields":[{"name":"click","type":"long"}]}]},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},
	{"name":"who","type":["null",{"type":"record","name":"User","fields":[{"name":"id","type":"string"},{"name":"ages","type":{"type":"array","items":"int"}}]}]},
	{"name":"prices","type":{"type":"map","values":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}}},
	{"name":"id","type":{"type":"fixed","name":"Id","size":16,"logicalType":"uuid"}}]}`

const anyValue = `{"price":"12.34","source":{"click":7},"at":"2026-11-02T08:00:00.000001Z","who":{"id":"ada","ages":[1,2]},
	"prices":{"a":"0.50"},"id":"00000000-0000-0000-0000-00000000002a"}`

func TestValueGivesWhatGoProgramsUse(t *testing.T) {
	schema, err := schemas.Parse([]byte(anySchema))
	if err != nil {
		t.Fatal(err)
	}
	data, err := schemas.NewCodec(schema).FromJSON([]byte(strings.ReplaceAll(anyValue, "\n", "")))
	if err != nil {
		t.Fatal(err)
	}
	user := map[string]any{"id": "ada", "ages": []any{int64(1), int64(2)}}
	for src, want := range map[string]any{
		"value.price":          big.NewRat(1234, 100),
		"value.source":         map[string]any{"click": int64(7)},
		"value.at":             time.Date(2026, 11, 2, 8, 0, 0, 1000, time.UTC),
		"value.who":            user,
		"value.who.ages":       []any{int64(1), int64(2)},
		"value.prices":         map[string]any{"a": big.NewRat(1, 2)},
		`value.prices["a"]`:    big.NewRat(1, 2),
		"value.id":             "00000000-0000-0000-0000-00000000002a",
		"value.source == null": false,
		"key":                  nil,
		`header("h")`:          nil,
		`{"a": 1, "b": 2}`:     map[string]any{"a": int64(1), "b": int64(2)},
		`value.at - duration("1s") < value.at ? "before" : "after"`:             "before",
		`value.at.getFullYear() + 1`:                                            int64(2027),
		`value.who != null ? value.who.ages.map(a, a * 2) : [0]`:                []any{int64(2), int64(4)},
		`value.at - timestamp("2026-11-02T07:00:00Z")`:                          time.Hour + time.Microsecond,
		`value.who != null ? [value.who.id, string(size(value.who.ages))] : []`: []any{"ada", "2"},
	} {
		e, problems := Check(src, Env{Value: schema.Type}, Any)
		if e == nil {
			t.Errorf("%s: %v", src, problems)
			continue
		}
		projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
		if err != nil {
			t.Fatal(err)
		}
		ev := &event{}
		projection.Read(data, &ev.Value)
		got, err := e.Value(projection)(ev)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s gives %#v, %v; want %#v", src, got, err, want)
		}
		if x := e.Explain(projection)(ev); !reflect.DeepEqual(x.Value, want) || x.Err != nil {
			t.Errorf("%s is explained as %#v, %v; want %#v", src, x.Value, x.Err, want)
		}
	}
}

// The law of Value: a field as it is, is what schemas.DecodeAny makes of it, for every type; but for times finer than microseconds.
func TestValueOfAFieldIsDecodeAny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema, _ := drawSchema(t)
		data := drawValue(t, nil, schema.Type)
		whole, err := schemas.DecodeAny(schema.Type, string(data))
		if err != nil {
			t.Skip("the drawn times are beyond what DecodeAny takes")
		}
		for _, f := range schema.Type.Fields {
			e, problems := Check("value."+f.Name, Env{Value: schema.Type}, Any)
			if e == nil {
				t.Fatal(problems)
			}
			projection, err := schemas.NewProjection(schema, schemas.Bare, e.Paths())
			if err != nil {
				t.Fatal(err)
			}
			ev := &event{}
			projection.Read(data, &ev.Value)
			want := whole.(map[string]any)[f.Name]
			if got, err := e.Value(projection)(ev); err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) { // in which NaN equals NaN
				t.Fatalf("field %s of %s is %#v, %v; want %#v", f.Name, f.Type.Kind, got, err, want)
			}
		}
	})
}
