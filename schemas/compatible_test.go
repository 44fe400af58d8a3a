package schemas

import (
	"strings"
	"testing"
)

// field is a record with one field of a type.
func field(kind string) string {
	return `{"type":"record","name":"Holder","fields":[{"name":"x","type":` + kind + `}]}`
}

func TestIncompatibilities(t *testing.T) {
	golden(t, "incompatible", func(line string) error {
		written, read, _ := strings.Cut(line, " => ")
		writer, reader := parsed(t, field(written)), parsed(t, field(read))
		wrong := Compatible(reader, writer)
		if _, err := Resolve(writer, reader); (err == nil) != (len(wrong) == 0) {
			t.Errorf("%s: resolved: %v", line, err)
		}
		if len(wrong) == 0 {
			return nil
		}
		return wrapped{wrong}
	})
}

// wrapped is several errors on one line.
type wrapped struct{ error }

func (w wrapped) Error() string { return strings.ReplaceAll(w.error.Error(), "\n", " | ") }

// What each mode says where the second of three schemas drops a field that the first has, and the third takes it in again
// with a default.
func TestModes(t *testing.T) {
	record := func(fields string) *Schema {
		return parsed(t, `{"type":"record","name":"R","fields":[`+fields+`]}`)
	}
	const a, b = `{"name":"a","type":"int"}`, `,{"name":"b","type":"int"}`
	first, second, third := record(a+b), record(a), record(a+`,{"name":"b","type":"string","default":""}`)
	for mode, want := range map[Mode][3]bool{
		// second after first, third after second, third after both
		None:               {true, true, true},
		Backward:           {true, true, true},
		BackwardTransitive: {true, true, false},
		Forward:            {false, true, true},
		ForwardTransitive:  {false, true, false},
		Full:               {false, true, true},
		FullTransitive:     {false, true, false},
	} {
		got := [3]bool{mode.Check(second, first).OK(), mode.Check(third, second).OK(), mode.Check(third, first, second).OK()}
		if got != want {
			t.Errorf("%s: %v, want %v", mode, got, want)
		}
		if again, err := ParseMode(strings.ToUpper(string(mode))); err != nil || again != mode {
			t.Errorf("%s read as %s, %v", mode, again, err)
		}
	}
	if v := Full.Check(third, first); len(v.Backward) != 1 || len(v.Forward) != 1 {
		t.Errorf("%+v", v)
	}
	if !Full.Check(first).OK() {
		t.Error("a first schema goes with nothing")
	}
	if _, err := ParseMode("backwards"); err == nil || !strings.Contains(err.Error(), `did you mean "backward"`) {
		t.Error(err)
	}
}

// A chain of records that each hold the next twice has few types and many paths.
func TestCompatibleIsNotExponential(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"type":"record","name":"R0","fields":[`)
	for i := range 60 {
		b.WriteString(`{"name":"a","type":{"type":"record","name":"R` + strings.Repeat("x", i+1) + `","fields":[`)
	}
	b.WriteString(`{"name":"z","type":"int"}`)
	for i := 60; i > 0; i-- {
		b.WriteString(`]}},{"name":"b","type":"R` + strings.Repeat("x", i) + `"}`)
	}
	b.WriteString(`]}`)
	writer := parsed(t, b.String())
	reader := parsed(t, strings.Replace(b.String(), `"z","type":"int"`, `"z","type":"double"`, 1))
	if wrong := Compatible(reader, writer); wrong != nil {
		t.Error(wrong)
	}
	if wrong := Compatible(writer, reader); len(wrong) != 1 {
		t.Error(wrong)
	}
}
