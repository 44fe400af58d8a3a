package schemas

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
)

func resolution(t *testing.T, writer, reader string) *Resolution {
	t.Helper()
	r, err := Resolve(parsed(t, writer), parsed(t, reader))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The second version of the signup schema: fields in another order, promoted, renamed, left out and new.
const nextSignup = `{"type":"record","name":"Signup","namespace":"com.example.accounts","fields":[
	{"name":"age","type":"double"},
	{"name":"tier","type":{"type":"enum","name":"Plan","symbols":["NONE","PRO"],"default":"NONE"},"aliases":["plan"]},
	{"name":"referrer","type":["string",{"type":"record","name":"Referrer","aliases":["Campaign"],"fields":[
		{"name":"campaign","type":["null","string"],"aliases":["name"]},{"name":"source","type":"bytes"}]},"null"]},
	{"name":"region","type":"string","default":"eu"},
	{"name":"tags","type":{"type":"array","items":"string"},"default":["new"]},
	{"name":"user_id","type":["null","string"],"default":null},
	{"name":"created_at","type":"double"}
]}`

func TestResolvedReadAllocatesNothing(t *testing.T) {
	r, err := Resolve(signupSchema(t), parsed(t, nextSignup))
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Projection(Bare, []string{"age", "tier", "referrer", "region", "tags", "user_id", "created_at", ""})
	if err != nil {
		t.Fatal(err)
	}
	records := signups(64)
	var row stage.Row
	for _, data := range records {
		p.Read(data, &row)
	}
	if n := testing.AllocsPerRun(10, func() {
		for _, data := range records {
			if p.Read(data, &row); row.Err != nil {
				t.Fatal(row.Err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations in %d records", n, len(records))
	}
	if region := row.Slots[p.Slot("region")].S; region != "eu" {
		t.Errorf("region %q", region)
	}
}

// What is filled in cannot grow without end, however short the value.
func TestDefaultsAreBounded(t *testing.T) {
	text := strings.Repeat("x", MaxDefaultBytes-8)
	for name, written := range map[string]struct{ items, data string }{
		"of items": {`{"type":"record","name":"R","fields":[{"name":"n","type":"int"}]}`, string(binary.AppendVarint(nil, 4000)) + strings.Repeat("\x02", 4000) + "\x00"},
		"of none":  {`{"type":"record","name":"R","fields":[]}`, string(binary.AppendVarint(nil, MaxEmptyItems)) + "\x00"},
	} {
		r := resolution(t, `{"type":"array","items":`+written.items+`}`,
			`{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"x","type":"string","default":"`+text+`"}]}}`)
		_, err := r.Append(nil, []byte(written.data))
		if err == nil || !strings.Contains(err.Error(), "with defaults filled in") || !strings.Contains(err.Error(), "[].x") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := resolution(t, `{"type":"array","items":{"type":"record","name":"R","fields":[]}}`,
		`{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"x","type":"int","default":1}]}}`)
	if _, err := r.Append(nil, append(binary.AppendVarint(nil, 1<<40), 0)); err == nil {
		t.Error("a value that claims 2⁴⁰ items was read")
	}
}

// A record that stands deeper than it may is refused in a conversion too, and so are bytes after it.
func TestResolutionRefuses(t *testing.T) {
	r := resolution(t, `{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}`,
		`{"type":"record","name":"L","fields":[{"name":"n","type":"int","default":0},{"name":"next","type":["null","L"]}]}`)
	for _, c := range []struct{ data, want string }{
		{strings.Repeat("\x02", MaxDepth) + "\x00", "levels deep"},
		{"\x00\x00", "1 bytes are left after the value"},
		{"\x04", `field "next" at byte 0: union branch 2 is out of range`},
	} {
		var format *FormatError
		if got, err := r.Append([]byte("kept"), []byte(c.data)); !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) || string(got) != "kept" {
			t.Errorf("%x: %q, %v", c.data, got, err)
		}
	}
	if _, err := r.Append(nil, nil); !errors.Is(err, ErrTombstone) {
		t.Error(err)
	}
	if _, err := r.Projection(Bare, []string{"nxt"}); err == nil || !strings.Contains(err.Error(), `did you mean "next"`) {
		t.Error(err)
	}
}

// A union of records in a union of records makes a way for each, and there is an end to that.
func TestWaysThroughUnionsAreBounded(t *testing.T) {
	const deep, wide = 5, 16
	writer, reader := `"int"`, `"int"`
	for i := range deep {
		var branches []string
		level := string(rune('a' + i))
		for j := range wide {
			inner := writer
			if j > 0 && i > 0 {
				inner = `["` + strings.Join(names(string(rune('a'+i-1)), wide), `","`) + `"]`
			}
			branches = append(branches, `{"type":"record","name":"`+names(level, wide)[j]+`","fields":[{"name":"x","type":`+inner+`}]}`)
		}
		writer = "[" + strings.Join(branches, ",") + "]"
		reader = `{"type":"record","name":"` + level + `","aliases":["` + strings.Join(names(level, wide), `","`) + `"],"fields":[{"name":"x","type":` + reader + `}]}`
	}
	r := resolution(t, writer, reader)
	if _, err := r.Projection(Bare, []string{"x.x.x.x.x"}); err == nil || !strings.Contains(err.Error(), "more than 65536 steps") {
		t.Error(err)
	}
	if _, err := r.Projection(Bare, []string{"x.x"}); err != nil {
		t.Error(err)
	}
}

func names(level string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = level + "_" + string(rune('a'+i))
	}
	return all
}

// The error of a broken record names the field that broke, in the reader's words, and its place in the record.
func TestResolvedErrors(t *testing.T) {
	r := resolution(t, `{"type":"record","name":"R","fields":[{"name":"b","type":"int"},{"name":"a","type":"bytes"}]}`,
		`{"type":"record","name":"R","fields":[{"name":"text","type":"string","aliases":["a"]},{"name":"b","type":"long"}]}`)
	p, err := r.Projection(Confluent, []string{"text", "b"})
	if err != nil {
		t.Fatal(err)
	}
	row := stale(2)
	data := Confluent.Append(nil, 9)
	p.Read(append(data, "\x02\x02\xff"...), &row)
	if row.Filled != 0 || row.Err == nil || row.Err.Error() != `field "text" at byte 6: string is not UTF-8` {
		t.Errorf("%d %v", row.Filled, row.Err)
	}
	if err := p.Validate(append(data, "\x02\x02a"...)); err != nil {
		t.Error(err)
	}
	if p.Read(bytes.Clone(append(data, "\x02\x02a"...)), &row); row.Err != nil || row.Slots[0].S != "a" || row.Slots[1].N != 1 {
		t.Errorf("%+v", row)
	}
}
