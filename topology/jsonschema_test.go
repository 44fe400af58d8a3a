package topology

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// schemaFile is what editors complete and check pipeline files by.
const schemaFile = "../schemas/pipeline.v1.schema.json"

// TestJSONSchema holds the schema against the language.
func TestJSONSchema(t *testing.T) {
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(jsonSchema()); err != nil {
		t.Fatal(err)
	}
	inStep(t, schemaFile, got.String())
}

// inStep compares a generated file, or writes it with -update.
func inStep(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is out of step with the language; run: go test ./topology -run '%s' -update", path, t.Name())
	}
}

type schemaObject map[string]any

// jsonSchema describes pipeline files in draft-07, which the YAML language server knows best.
func jsonSchema() schemaObject {
	root := schemaOf(&fileGrammar)
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "Anabranch pipeline, version 1"
	operators := root["properties"].(schemaObject)["operators"].(schemaObject)
	operators["additionalProperties"] = operatorSchema()
	operators["minProperties"] = 1
	for _, key := range []string{"operators", "streams"} {
		root["properties"].(schemaObject)[key].(schemaObject)["propertyNames"] = schemaObject{"pattern": innerName.String(), "maxLength": NameBytesMax}
	}
	streams := root["properties"].(schemaObject)["streams"].(schemaObject)
	streams["additionalProperties"] = schemaObject{"anyOf": []any{streams["additionalProperties"], schemaObject{"type": "null"}}}
	return root
}

// operatorSchema chooses what holds of an operator by its type.
func operatorSchema() schemaObject {
	var cases []any
	var types []any
	for _, typ := range operatorTypes {
		g := operatorGrammars[typ]
		of := schemaOf(g)
		of["required"] = append([]string{"type"}, g.required()...)
		cases = append(cases, schemaObject{
			"if":   schemaObject{"required": []string{"type"}, "properties": schemaObject{"type": schemaObject{"const": typ}}},
			"then": of,
		})
		types = append(types, schemaObject{"const": typ, "description": g.doc})
	}
	return schemaObject{
		"type": "object", "required": []string{"type", "from"},
		"properties": schemaObject{"type": schemaObject{"description": "What the operator does.", "oneOf": types}},
		"allOf":      cases,
	}
}

// schemaOf describes a map with keys of the language.
func schemaOf(g *grammar) schemaObject {
	properties := schemaObject{}
	for _, f := range g.fields {
		p := f.is.schema()
		if slices.Contains(g.nulls, f.name) {
			p = schemaObject{}
		}
		p["description"] = f.description()
		properties[f.name] = p
	}
	s := schemaObject{"type": "object", "description": g.doc, "additionalProperties": false, "properties": properties}
	if required := g.required(); len(required) > 0 {
		s["required"] = required
	}
	return s
}

// description is what hovers over a key.
func (f field) description() string {
	if f.otherwise == "" {
		return f.doc
	}
	return f.doc + " Default: " + f.otherwise + "."
}

// withVariable is a value of a type, or a text with a variable in it.
func withVariable(s schemaObject) schemaObject {
	return schemaObject{"anyOf": []any{s, schemaObject{"type": "string", "pattern": `\$\{`}}}
}

// schema describes s.
func (s shape) schema() schemaObject {
	if s.or != nil {
		first := s
		first.or = nil
		return schemaObject{"anyOf": []any{first.schema(), s.or.schema()}}
	}
	switch s.form {
	case formName:
		return schemaObject{"type": "string"}
	case formText, formExpression:
		return schemaObject{"type": []string{"string", "number", "boolean"}}
	case formNumber:
		return withVariable(schemaObject{"type": "integer", "minimum": s.low, "maximum": s.high})
	case formBoolean:
		return withVariable(schemaObject{"type": "boolean"})
	case formShare:
		return withVariable(schemaObject{"type": "number", "minimum": 0, "maximum": 1})
	case formPercent:
		return schemaObject{"anyOf": []any{schemaObject{"type": "number", "minimum": 0, "maximum": 1}, schemaObject{"type": "string", "pattern": `^[0-9.]+ *%$|\$\{`}}}
	case formPercentage:
		return schemaObject{"anyOf": []any{schemaObject{"type": "number", "minimum": 0, "maximum": 100}, schemaObject{"type": "string", "pattern": `^[0-9.]+ *%$|\$\{`}}}
	case formDuration:
		return schemaObject{"type": "string", "pattern": `^([0-9.]+(ns|us|µs|ms|s|m|h))+$|\$\{`}
	case formWord:
		return withVariable(schemaObject{"enum": s.words})
	case formList:
		return schemaObject{"type": "array", "minItems": 1, "items": s.of.schema()}
	case formMap:
		return schemaObject{"type": "object", "additionalProperties": s.of.schema()}
	case formObject:
		if s.grammar == nil {
			return schemaObject{}
		}
		return schemaOf(s.grammar)
	}
	return schemaObject{}
}

// TestLanguageIsDescribed: every key of the language has a sentence.
func TestLanguageIsDescribed(t *testing.T) {
	seen := map[*grammar]bool{}
	var visit func(g *grammar)
	var look func(g *grammar, f field, s *shape)
	look = func(g *grammar, f field, s *shape) {
		if s == nil {
			return
		}
		if s.form == formWord && len(s.words) == 0 || s.form == formNumber && s.low >= s.high {
			t.Errorf("%s of %s can have no value", f.name, g.what)
		}
		if s.grammar != nil {
			visit(s.grammar)
		}
		look(g, f, s.of)
		look(g, f, s.or)
	}
	visit = func(g *grammar) {
		if seen[g] {
			return
		}
		seen[g] = true
		if g.doc == "" || !strings.HasSuffix(g.doc, ".") {
			t.Errorf("%s has no sentence", g.what)
		}
		for _, f := range g.fields {
			if !strings.HasSuffix(f.doc, ".") {
				t.Errorf("%s of %s has no sentence", f.name, g.what)
			}
			if slices.Contains(g.later, f.name) || g.hints[f.name] != "" && f.name != "on" {
				t.Errorf("%s of %s is a key, and of a later version or a hint as well", f.name, g.what)
			}
			look(g, f, &f.is)
		}
		for hint, key := range g.hints {
			if g.field(key) == nil {
				t.Errorf("hint %s of %s leads to %s, which is no key", hint, g.what, key)
			}
		}
	}
	visit(&fileGrammar)
	for _, g := range operatorGrammars {
		visit(g)
	}
	visit(&expectedGrammar)
	visit(&deadGrammar)
	if len(seen) < 15 {
		t.Errorf("only %d maps are described", len(seen))
	}
}
