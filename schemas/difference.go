package schemas

import (
	"fmt"
	"slices"
	"strings"
)

// Difference finds where two schemas stop describing the same values in the same bytes, names of types, docs, aliases and defaults
// aside: the first place, in the words that one has for it and the other. Names of fields, symbols and logical types count.
func Difference(a, b *Schema) (path, one, other string, differ bool) {
	d := difference{seen: map[[2]*Type]bool{}}
	differ = d.types(a.Type, b.Type, "")
	return d.path, d.one, d.other, differ
}

type difference struct {
	seen             map[[2]*Type]bool
	path, one, other string
}

// at notes a difference and gives true.
func (d *difference) at(path, one, other string) bool {
	d.path, d.one, d.other = path, one, other
	return true
}

func (d *difference) types(a, b *Type, path string) bool {
	pair := [2]*Type{a, b}
	if d.seen[pair] {
		return false
	}
	d.seen[pair] = true
	if one, other := a.says(), b.says(); one != other {
		return d.at(path, one, other)
	}
	switch a.Kind {
	case Array, Map:
		return d.types(a.Items, b.Items, path+"[]")
	case Union:
		for i := range a.Branches {
			if d.types(a.Branches[i], b.Branches[i], path) {
				return true
			}
		}
	case Record:
		return d.fields(a, b, path)
	}
	return false
}

// says words a type as far as two of different names can be told apart, without what stands in it.
func (t *Type) says() string {
	text := string(t.Kind)
	switch {
	case t.Logical == Decimal:
		text = fmt.Sprintf("%s decimal(%d, %d)", t.Kind, t.Precision, t.Scale)
	case t.Logical != "":
		text += " " + string(t.Logical)
	}
	switch t.Kind {
	case Fixed:
		text += fmt.Sprintf(" of %d bytes", t.Size)
	case Enum:
		text += " of " + strings.Join(t.Symbols, ", ")
	case Union:
		kinds := make([]string, len(t.Branches))
		for i, b := range t.Branches {
			kinds[i] = string(b.Kind)
		}
		text += " of " + strings.Join(kinds, ", ")
	}
	return text
}

// fields compares records by what each has at the same place. A field that only one has is told as such.
func (d *difference) fields(a, b *Type, path string) bool {
	named := func(t *Type, name string) bool {
		return slices.ContainsFunc(t.Fields, func(f *Field) bool { return f.Name == name })
	}
	for _, f := range a.Fields {
		if !named(b, f.Name) {
			return d.at(joinPath(path, f.Name), f.Type.says(), "not there")
		}
	}
	for i, f := range b.Fields {
		if !named(a, f.Name) {
			return d.at(joinPath(path, f.Name), "not there", f.Type.says())
		}
		if a.Fields[i].Name != f.Name {
			return d.at(joinPath(path, f.Name), fmt.Sprintf("field %d", 1+slices.Index(fieldNames(a), f.Name)), fmt.Sprintf("field %d", 1+i))
		}
		if d.types(a.Fields[i].Type, f.Type, joinPath(path, f.Name)) {
			return true
		}
	}
	return false
}
