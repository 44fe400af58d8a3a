package schemas

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestDifference(t *testing.T) {
	record := func(fields string) string {
		return `{"type":"record","name":"R","fields":[` + fields + `]}`
	}
	const a, b = `{"name":"a","type":"int"}`, `{"name":"b","type":["null",{"type":"array","items":"string"}]}`
	for _, c := range []struct{ one, other, want string }{
		{record(a + "," + b), `{"type":"record","name":"x.Other","doc":"text","fields":[{"name":"a","type":"int","default":1},` + b + `]}`, ""},
		{record(a), record(`{"name":"a","type":"long"}`), "a: int, long"},
		{record(a + "," + b), record(a), "b: union of null, array, not there"},
		{record(a), record(b + "," + a), "b: not there, union of null, array"},
		{record(a + "," + b), record(b + "," + a), "b: field 2, field 1"},
		{record(b), record(`{"name":"b","type":["null",{"type":"array","items":"bytes"}]}`), "b[]: string, bytes"},
		{record(b), record(`{"name":"b","type":[{"type":"array","items":"string"},"null"]}`), "b: union of null, array, union of array, null"},
		{`{"type":"enum","name":"E","symbols":["A"]}`, `{"type":"enum","name":"F","symbols":["A","B"]}`, ": enum of A, enum of A, B"},
		{`{"type":"fixed","name":"E","size":3}`, `{"type":"fixed","name":"E","size":4}`, ": fixed of 3 bytes, fixed of 4 bytes"},
		{`"long"`, `{"type":"long","logicalType":"timestamp-millis"}`, ": long, long timestamp-millis"},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, `{"type":"bytes","logicalType":"decimal","precision":5,"scale":2}`, ": bytes decimal(4, 2), bytes decimal(5, 2)"},
		{record(`{"name":"n","type":["null","R"]}`), record(`{"name":"n","type":["null","R"]}`), ""},
	} {
		path, one, other, differ := Difference(parsed(t, c.one), parsed(t, c.other))
		got := ""
		if differ {
			got = fmt.Sprintf("%s: %s, %s", path, one, other)
		}
		if got != c.want {
			t.Errorf("%s\n%s\n got %s\nwant %s", c.one, c.other, got, c.want)
		}
	}
}

// Schemas that are Equal have no Difference, and those without a Difference are read as each other byte for byte.
func TestDifferenceAgrees(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true}
		writer, reader := g.pair(false)
		_, _, _, differ := Difference(writer, reader)
		if Equal(writer, reader) && differ {
			rt.Fatalf("%s\n%s", writer.Text, reader.Text)
		}
		if differ {
			return
		}
		if r, err := Resolve(writer, reader); err != nil || !r.SameBytes() {
			rt.Fatalf("%v\n%s\n%s", err, writer.Text, reader.Text)
		}
	})
}
