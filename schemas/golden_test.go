package schemas

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the errors that come into testdata/*.want")

// golden holds the error of each line of testdata/NAME.want against the line that follows it.
func golden(t *testing.T, name string, try func(line string) error) {
	t.Helper()
	file := "testdata/" + name + ".want"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cases := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "\t") {
			continue
		}
		out.WriteString(line + "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		cases++
		message := "no error"
		if err := try(line); err != nil {
			message = err.Error()
		}
		out.WriteString("\t" + message + "\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := out.String(); got != string(text) || cases == 0 {
		gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(text), "\n")
		for i := range min(len(gotLines), len(wantLines)) {
			if gotLines[i] != wantLines[i] {
				t.Fatalf("%s:%d\n got %s\nwant %s", file, i+1, gotLines[i], wantLines[i])
			}
		}
		t.Fatalf("%s: %d lines, want %d", file, len(gotLines), len(wantLines))
	}
}

func TestSchemaErrors(t *testing.T) {
	golden(t, "bad_schemas", func(line string) error {
		_, err := Parse([]byte(line))
		return err
	})
}

func TestJSONErrors(t *testing.T) {
	codec := NewCodec(everySchema(t))
	golden(t, "bad_values", func(line string) error {
		// A line changes one field of the good value.
		good := everyLine
		name, _, _ := strings.Cut(strings.TrimPrefix(line, `"`), `"`)
		if start := strings.Index(good, `"`+name+`":`); start >= 0 && line[0] == '"' {
			rest := good[start:]
			end := strings.Index(rest, `,"`+nextField(name)+`":`)
			good = good[:start] + rest[end+1:]
		}
		if line[0] == '"' {
			line = "{" + line + "," + good[1:]
		}
		_, err := codec.FromJSON([]byte(line))
		return err
	})
}

// nextField is the field of the record everything that comes after name.
func nextField(name string) string {
	s, _ := Parse([]byte(everything))
	for i, f := range s.Type.Fields[1:] {
		if s.Type.Fields[i].Name == name {
			return f.Name
		}
	}
	return ""
}

func TestPathErrors(t *testing.T) {
	s := everySchema(t)
	golden(t, "bad_paths", func(line string) error {
		_, err := NewProjection(s, Bare, []string{line})
		return err
	})
}

// A broken field is found whether it is read, skipped, decoded or written as JSON, and told in the same words.
func TestBrokenBytes(t *testing.T) {
	golden(t, "bad_bytes", func(line string) error {
		data, kind, _ := strings.Cut(line, " ")
		s := parsed(t, `{"type":"record","name":"Holder","fields":[{"name":"x","type":`+kind+`},{"name":"y","type":"int"}]}`)
		raw, err := hex.DecodeString(data)
		if err != nil {
			t.Fatal(err)
		}
		var all []error
		for _, path := range []string{"x", "y", ""} {
			p, err := NewProjection(s, Bare, []string{path})
			if err != nil {
				t.Fatal(err)
			}
			row := stale(1)
			p.Read(raw, &row)
			all = append(all, row.Err, p.Validate(raw))
		}
		_, err = NewCodec(s).ToJSON(raw)
		all = append(all, err)
		_, err = DecodeAny(s.Type, string(raw))
		for _, other := range append(all, err) {
			if fmt.Sprint(other) != fmt.Sprint(all[0]) {
				t.Errorf("%s\n%v\n%v", line, all[0], other)
			}
		}
		return all[0]
	})
}
