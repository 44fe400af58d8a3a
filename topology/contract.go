package topology

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/document"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// contract is what is known of the events of a stream.
type contract struct {
	// known is false where it depends on a mistake that is reported already; nothing more is said of such a stream.
	known  bool
	value  Format
	source *link // the stream whose format was declared; nil: none was, and values are passed on as bytes
	key    string
	// guessed is true where the file contradicts itself about the format: then formats are not compared.
	guessed bool
}

// typer gives every stream its contract, from the inputs downward.
type typer struct {
	*reader
	graph   *graph
	schemas map[string]loaded // by path
	// environments has what each kind of stream lets an expression name, made ready, by what it was made of.
	environments map[expression.Env]expression.Env
	paths        []string // of the schemas, in the order in which they were asked for
}

// loaded is a schema file that was read, or what is wrong with it.
type loaded struct {
	schema *schemas.Schema // where the file is missing: of the one that was meant
	what   string          // empty: nothing is wrong
	remedy string
	near   string // where the file is missing: one beside it of a like name
}

// infer fills the contracts of all streams that are not behind a cycle, and checks the expressions over them: the key that a
// sharder sets is known only with its expression.
func (t *typer) infer() {
	for _, l := range t.graph.streams {
		if len(l.writers) == 0 {
			l.contract = t.external(l)
		}
	}
	for _, op := range t.graph.order {
		c := t.input(op)
		t.checkExpressions(op)
		if op.typ == "sharder" && op.rekey {
			c.key = keyMadeBy(op.by)
		}
		for _, p := range op.to {
			if l := t.graph.byName[p.to.text]; l != nil && !p.isWord() && l.writers[0].op == op && l.writers[0].port == portOf(op, p) {
				l.contract = t.declared(l, c)
			}
		}
	}
}

// The two ways to read a key.
const (
	keyOfText  = "string"
	keyOfBytes = "bytes"
)

// keyMadeBy says how the key is to be read that a sharder makes of an expression.
func keyMadeBy(by formula) string {
	if by.expr != nil && contains([]string{"string", "enum"}, by.expr.Type().Name) {
		return keyOfText
	}
	return keyOfBytes
}

func portOf(op *operatorSpec, p portSpec) int {
	for i := range op.to {
		if op.to[i].to == p.to {
			return i
		}
	}
	return -1
}

// external is the contract of a stream that comes from outside: what the file declares.
func (t *typer) external(l *link) contract {
	c := contract{known: l.value.node != nil || !l.excused && (l.declared || len(l.readers) == 0), value: Format{Name: "bytes"}, key: l.keyFormat}
	if l.value.node == nil {
		return c
	}
	if l.value.format == "" || l.value.format == "avro" && !l.value.schema.given() {
		if l.value.format == "avro" && l.value.node.Kind == document.Map {
			t.wrong(l.value.node, "A0206", fmt.Sprintf("the values of stream %s are avro without a schema", l.name.text), "add `schema: FILE`")
		} else if l.value.framed {
			t.wrong(l.value.node, "A0206", fmt.Sprintf("`value` of stream %s has a framing and no schema", l.name.text), "add `schema: FILE`")
		}
		c.known = false
		return c
	}
	c.source, c.guessed = l, l.value.guessed
	c.value = Format{Name: l.value.format, Framing: l.value.framing, Compatibility: l.value.compatibility}
	if l.value.schema.given() {
		c.value.Schema = t.schemaOf(l)
		c.known = c.known && c.value.Schema != nil
	}
	return c
}

// load reads a schema file once.
func (t *typer) load(ref reference) *schemas.Schema {
	path := t.resolve(ref.text)
	file, done := t.schemas[path]
	if !done {
		file = t.readSchema(path)
		t.schemas[path] = file
		t.paths = append(t.paths, path)
	}
	if file.what != "" {
		remedy := file.remedy
		if file.near != "" {
			remedy = fmt.Sprintf("did you mean `%s`?", filepath.ToSlash(filepath.Join(filepath.Dir(ref.text), file.near)))
		}
		t.wrong(ref.node, "A0501", file.what, remedy)
	}
	return file.schema
}

func (t *typer) readSchema(path string) loaded {
	if t.options.ReadFile != nil {
		return parseSchema(path, t.options.ReadFile)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return missingSchema(path)
	case !info.Mode().IsRegular():
		return loaded{what: fmt.Sprintf("%s is not a file", path), remedy: "name an Avro schema file (.avsc)"}
	}
	schema, err := schemas.Load(path)
	if err != nil {
		return loaded{what: err.Error()}
	}
	return loaded{schema: schema}
}

func parseSchema(path string, read func(string) ([]byte, error)) loaded {
	text, err := read(path)
	if err != nil {
		return loaded{what: fmt.Sprintf("there is no schema file %s", path)}
	}
	schema, err := schemas.Parse(text)
	if err != nil {
		return loaded{what: fmt.Sprintf("%s: %v", path, err)}
	}
	schema.File = path
	return loaded{schema: schema}
}

// missingSchema looks for a schema of a like name in the same folder, which is most likely the one that was meant.
func missingSchema(path string) loaded {
	missing := loaded{what: fmt.Sprintf("there is no schema file %s", path), remedy: "a schema is looked for beside the pipeline file"}
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.avsc"))
	var names []string
	for _, f := range found {
		names = append(names, filepath.Base(f))
	}
	if meant := nearest(filepath.Base(path), names); meant != "" {
		missing.near = meant
		missing.schema, _ = schemas.Load(filepath.Join(filepath.Dir(path), meant))
	}
	return missing
}

// input is the contract of what an operator reads. A merger's inputs must be alike.
func (t *typer) input(op *operatorSpec) contract {
	if len(op.from) == 0 {
		return contract{}
	}
	first := t.graph.byName[op.from[0].text]
	c := first.contract
	whole := c.known
	for _, name := range op.from[1:] {
		l := t.graph.byName[name.text]
		other := l.contract
		whole = whole && other.known
		if !c.known || !other.known {
			continue
		}
		c.guessed = c.guessed || other.guessed
		if diff := differ(c, other); diff != "" && op.typ == "merger" {
			t.wrong(name.node, "A0503", fmt.Sprintf("streams %s and %s do not merge: %s", first.name.text, name.text, diff), "a merger's inputs have one type")
			whole = false
		}
		if other.key != c.key {
			c.key = keyOfBytes
		}
	}
	c.known = whole
	return c
}

// differ says how two kinds of values differ; empty where they do not.
func differ(a, b contract) string {
	if diff := differAsFormats(a, b); diff != "" || a.value.Schema == nil {
		return diff
	}
	return differAsWritten(a, b)
}

// differAsFormats says how two kinds of values differ, but for their schemas.
func differAsFormats(a, b contract) string {
	switch {
	case (a.guessed || b.guessed) && a.value.Name != b.value.Name:
		return ""
	case (a.source == nil) != (b.source == nil):
		if a.source == nil {
			a = b
		}
		return fmt.Sprintf("%s declares %s, the other declares nothing", a.source.name.text, formatName(a.value))
	case a.value.Name != b.value.Name:
		return fmt.Sprintf("one is %s, the other %s", formatName(a.value), formatName(b.value))
	case a.value.Framing != b.value.Framing:
		return fmt.Sprintf("one has framing %s, the other %s", a.value.Framing, b.value.Framing)
	}
	return ""
}

func formatName(f Format) string {
	if f.Schema != nil {
		return "avro " + f.Schema.File
	}
	return f.Name
}

// declared is the contract of a stream that an operator writes: what comes in, or what the file declares, if that reads it.
func (t *typer) declared(l *link, in contract) contract {
	out := in
	if len(l.writers) > 1 {
		out.known = false
	}
	if l.declared && l.keyFormat != "string" {
		out.key = l.keyFormat
	}
	v := l.value
	if v.node == nil || v.format == "" && !v.framed {
		return out
	}
	said := contract{known: true, value: Format{Name: v.format, Framing: v.framing, Compatibility: v.compatibility}, source: l, key: out.key, guessed: v.guessed || in.guessed}
	if !v.framed {
		said.value.Framing = in.value.Framing
	}
	if v.schema.given() {
		said.value.Schema = t.schemaOf(l)
	} else if v.format == "avro" || v.format == "" {
		said.value.Name, said.value.Schema = "avro", in.value.Schema
	}
	if said.value.Name == "avro" && said.value.Schema == nil {
		said.known = false
	}
	switch {
	case !in.known || !said.known && in.source != nil:
		return said
	case in.source == nil:
		t.wrong(v.node, "A0502", fmt.Sprintf("stream %s declares %s, and operator %s passes on what declares nothing", l.name.text, formatName(said.value), l.writers[0].op.name.text),
			"declare it at "+t.sources(l))
		said.known = false
	default:
		said.value.Resolution = t.checkDeclared(l, in, said)
	}
	return said
}

// sources names the streams from outside that l comes from.
func (t *typer) sources(l *link) string {
	seen := map[*link]bool{l: true}
	var names []string
	for todo := []*link{l}; len(todo) > 0; todo = todo[1:] {
		if len(todo[0].writers) == 0 {
			names = append(names, todo[0].name.text)
			continue
		}
		for _, name := range todo[0].writers[0].op.from {
			if up := t.graph.byName[name.text]; !seen[up] {
				seen[up] = true
				todo = append(todo, up)
			}
		}
	}
	return "stream " + among(names)
}
