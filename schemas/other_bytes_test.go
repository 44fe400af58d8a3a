package schemas

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOtherBytes(t *testing.T) {
	record := func(fields string) string {
		return `{"type":"record","name":"R","fields":[` + fields + `]}`
	}
	const a, b = `{"name":"a","type":"int","default":1}`, `{"name":"b","type":["null",{"type":"array","items":"int"}]}`
	for _, c := range []struct{ writer, reader, want string }{
		{record(a), record(`{"name":"c","aliases":["a"],"type":"long"}`), ""},
		{record(b), record(b + "," + a), "value.a: the field is read and not written; nothing tells that its default is meant"},
		{record(b + "," + a), record(b), "value.a: the field is written and not read; nothing tells that it is to be stepped over"},
		{record(b + "," + a), record(a + "," + b), "value.b: it is written as field 1 and read as field 2"},
		{record(b), record(`{"name":"b","type":["null",{"type":"array","items":"double"}]}`), "value.b[]: int is written and double is read"},
		{record(b), record(`{"name":"b","type":["null","string",{"type":"array","items":"int"}]}`), "value.b: union of null, array is written and union of null, string, array is read"},
		{record(a), record(`{"name":"a","type":["null","int"]}`), "value.a: int is written and union of null, int is read"},
		{record(`{"name":"n","type":["null","R"]},{"name":"t","type":"bytes"}`), record(`{"name":"n","type":["null","R"]},{"name":"t","type":"string"}`),
			"value.t: bytes are written and a string is read; not all bytes are text"},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, `{"type":"enum","name":"E","symbols":["B","A"]}`, `value: enum "E" numbers its symbols otherwise`},
	} {
		r := resolution(t, c.writer, c.reader)
		got := ""
		if other, differ := r.OtherBytes(); differ {
			got = other.Error()
		}
		if got != c.want {
			t.Errorf("%s\n%s\n got %s\nwant %s", c.writer, c.reader, got, c.want)
		}
	}
}

// There is a reason where, and only where, bytes are not the same.
func TestOtherBytesAreTold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true}
		writer, reader := g.pair(false)
		r, err := Resolve(writer, reader)
		if err != nil {
			rt.Fatal(err)
		}
		if other, differ := r.OtherBytes(); differ == r.SameBytes() || differ && strings.TrimSpace(other.Reason) == "" {
			rt.Fatalf("%v %q\n%s\n%s", differ, other, writer.Text, reader.Text)
		}
	})
}
