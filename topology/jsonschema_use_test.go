package topology

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("pipeline.json", document); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("pipeline.json")
}

// asJSON gives a YAML text as an editor sees it; nil where it is no YAML.
func asJSON(text []byte) any {
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil
	}
	plain, err := json.Marshal(plainly(value))
	if err != nil {
		return nil
	}
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		return nil
	}
	return read
}

// plainly makes texts of what JSON has no type for.
func plainly(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = plainly(item)
		}
	case map[any]any:
		plain := map[string]any{}
		for key, item := range v {
			plain[fmt.Sprint(key)] = plainly(item)
		}
		return plain
	case []any:
		for i := range v {
			v[i] = plainly(v[i])
		}
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return v
}

// TestSchemaTakesRightFiles: no editor marks a file that is right.
func TestSchemaTakesRightFiles(t *testing.T) {
	schema := compiledSchema(t)
	for _, pattern := range []string{"testdata/right/*.yaml", "../pipelines/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		if len(files) < 5 {
			t.Errorf("%s gives %d files", pattern, len(files))
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(asJSON(text)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	for _, code := range diagnostic.Codes() {
		if right := code.Explain().Right; right != "" {
			if err := schema.Validate(asJSON([]byte(completed(right)))); err != nil {
				t.Errorf("the right example of %s: %v", code.ID, err)
			}
		}
	}
}

// structural are the codes of mistakes that a schema can see, most of the time.
var structural = regexp.MustCompile(`\[A020[2-9]\]`)

// TestSchemaRefusesWrongFiles: an editor marks nearly every file with a mistake of grammar.
func TestSchemaRefusesWrongFiles(t *testing.T) {
	schema := compiledSchema(t)
	files, _ := filepath.Glob("testdata/wrong/*.yaml")
	wrong, missed := 0, []string{}
	for _, file := range files {
		want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".want")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		value := asJSON(text)
		if !structural.Match(want) || value == nil {
			continue
		}
		if wrong++; schema.Validate(value) == nil {
			missed = append(missed, filepath.Base(file))
		}
	}
	t.Logf("of %d files the schema takes %v", wrong, missed)
	if wrong < 20 || len(missed)*5 > wrong {
		t.Errorf("of %d files with a mistake of grammar the schema takes %v", wrong, missed)
	}
}
