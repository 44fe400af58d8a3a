package topology

import (
	"fmt"

	"github.com/anabranch-go/anabranch/schemas"
)

// checkDeclared holds what a stream declares against what is written to it. Operators pass bytes on as they are, so that whoever
// reads the stream uses the declared schema on values of another. It gives how they are read, nil where that is as they were written.
func (t *typer) checkDeclared(l *link, in, said contract) *schemas.Resolution {
	if diff := differAsFormats(in, said); diff != "" || said.value.Schema == nil {
		if diff != "" {
			t.notPassedOn(l, in, diff)
		}
		return nil
	}
	if _, _, _, differ := schemas.Difference(in.value.Schema, said.value.Schema); !differ {
		return in.value.Resolution
	}
	if len(l.topics) == 0 {
		t.notPassedOn(l, in, differAsWritten(in, said))
		return nil
	}
	written := in.value.written()
	if t.checkRead(l, in, written, said) {
		t.checkForward(l, written, said)
	}
	resolution, err := schemas.Resolve(written, said.value.Schema)
	if err != nil {
		return nil // it has been said, or nobody minds
	}
	return resolution
}

// notPassedOn: a stream declares what no router makes of its input.
func (t *typer) notPassedOn(l *link, in contract, diff string) {
	op := l.writers[0].op
	t.wrong(l.value.node, "A0502", fmt.Sprintf("stream %s is not what operator %s passes on: %s", l.name.text, op.name.text, diff),
		fmt.Sprintf("a %s changes no values; take it away, the type of %s is inferred", op.typ, in.source.name.text))
}

// checkRead: the declared schema reads what is written. Without framing, it must take every byte for what it is.
func (t *typer) checkRead(l *link, in contract, written *schemas.Schema, said contract) bool {
	bare := said.value.Framing == schemas.Bare
	if l.value.compatibility == schemas.None && !bare && len(l.readers) == 0 {
		return false // whoever reads it has been told
	}
	op, schema := l.writers[0].op, said.value.Schema
	wrong := schemas.Compatible(schema, written)
	for _, one := range firstFew(wrong) {
		t.wrong(l.value.place(l.value.schema.node), "A0502", fmt.Sprintf("stream %s declares %s, which cannot read what operator %s passes on%s", l.name.text, fileOf(schema), op.name.text, one),
			fmt.Sprintf("declare a schema that reads %s, or none: the type of %s is inferred", fileOf(written), in.source.name.text))
	}
	if len(wrong) > 0 || !bare {
		return len(wrong) == 0
	}
	if other := untold(written, schema); other != "" {
		t.wrong(l.value.place(l.value.schema.node), "A0504", fmt.Sprintf("stream %s declares %s, and its values keep the bytes of %s, which nothing in them says: %s",
			l.name.text, fileOf(schema), fileOf(written), other),
			fmt.Sprintf("declare none, the type of %s is inferred; or let a schema id stand before each value: `framing: confluent`", in.source.name.text))
		return false
	}
	return true
}

// untold is why values without a schema id cannot be read with another schema; empty where every byte means the same.
func untold(written, read *schemas.Schema) string {
	r, err := schemas.Resolve(written, read)
	if err != nil {
		return schemas.Compatible(read, written)[0].Error()
	}
	if other, differ := r.OtherBytes(); differ {
		return other.Error()
	}
	return ""
}

// checkForward: where the subject demands it, the schema that is written reads the declared one, too.
func (t *typer) checkForward(l *link, written *schemas.Schema, said contract) {
	if mode := l.value.compatibility; mode != schemas.Forward && mode != schemas.Full {
		return
	}
	for _, one := range firstFew(schemas.Compatible(written, said.value.Schema)) {
		t.wrong(l.value.place(l.value.said), "A0505", fmt.Sprintf("stream %s says compatibility %s, and who reads %s could not read what is written with %s%s",
			l.name.text, l.value.compatibility, fileOf(written), fileOf(said.value.Schema), one),
			"change the schema, or say `compatibility: backward`")
	}
}

// incompatibilitiesMax is how many reasons are told of two schemas: those of different things differ everywhere.
const incompatibilitiesMax = 3

// firstFew words the first reasons, and which of how many each is.
func firstFew(wrong schemas.Incompatibilities) []string {
	var all []string
	for i, one := range wrong[:min(len(wrong), incompatibilitiesMax)] {
		text := ": " + one.Error()
		if len(wrong) > 1 {
			text = fmt.Sprintf(", %d of %d", i+1, len(wrong)) + text
		}
		all = append(all, text)
	}
	return all
}

// differAsWritten words the first difference of two types, and of how their bytes are written; empty where there is none.
func differAsWritten(a, b contract) string {
	path, one, other, differ := schemas.Difference(a.value.Schema, b.value.Schema)
	if differ {
		if path != "" && path[0] != '[' {
			path = "." + path
		}
		return fmt.Sprintf("value%s is %s in %s, and %s in %s", path, one, fileOf(a.value.Schema), other, fileOf(b.value.Schema))
	}
	if a.value.Resolution == nil && b.value.Resolution == nil {
		return ""
	}
	bytesOf := func(c contract) contract { return contract{value: Format{Schema: c.value.written()}} }
	if diff := differAsWritten(bytesOf(a), bytesOf(b)); diff != "" {
		return "they are read alike, but written otherwise: " + diff
	}
	return ""
}

// fileOf is how a schema is called in messages.
func fileOf(s *schemas.Schema) string {
	if s.File == "" {
		return "schema " + s.Type.Name
	}
	return s.File
}

// schemaOf is the schema that the file gives a stream, or what stands in for it.
func (t *typer) schemaOf(l *link) *schemas.Schema {
	schema := t.load(l.value.schema)
	if instead := t.options.Schemas[l.name.text]; instead != nil {
		return instead
	}
	return schema
}
