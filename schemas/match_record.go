package schemas

import (
	"fmt"
	"slices"
	"strings"
)

// record pairs fields by the reader's names and then by its aliases.
func (m *matcher) record(made *match, path string) {
	w, r := made.written, made.read
	made.way, made.inOrder = byField, true
	made.same = len(w.Fields) == len(r.Fields)
	made.fields = make([]*match, len(w.Fields))
	made.to = make([]int, len(w.Fields))
	made.from = slices.Repeat([]int{-1}, len(r.Fields))
	furthest := -1
	readers := readersOf(r)
	for i, f := range w.Fields {
		to, found := readers[f.Name]
		if !found {
			made.to[i], made.same = -1, false
			continue
		}
		made.to[i] = to
		if twin := made.from[to]; twin >= 0 {
			m.fail(joinPath(path, r.Fields[to].Name), "both %q and %q are written, and one field reads them; the reader should drop the alias", w.Fields[twin].Name, f.Name)
			continue
		}
		made.from[to] = i
		made.inOrder = made.inOrder && to > furthest
		made.same = made.same && to == i
		furthest = to
	}
	for j, f := range r.Fields {
		at := joinPath(path, f.Name)
		switch i := made.from[j]; {
		case i >= 0:
			made.fields[i] = m.match(w.Fields[i].Type, f.Type, at)
		case !f.HasDefault:
			m.fail(at, "the field is read and never written, and it has no default; it should have one%s", m.renamed(made, f))
		}
	}
}

// readersOf gives the field that reads each name. A field's own name goes before an alias of another.
func readersOf(r *Type) map[string]int {
	readers := make(map[string]int, len(r.Fields))
	for j, f := range r.Fields {
		readers[f.Name] = j
	}
	for j, f := range r.Fields {
		for _, alias := range f.Aliases {
			if _, taken := readers[alias]; !taken {
				readers[alias] = j
			}
		}
	}
	return readers
}

// renamed says which field of the writer may have become f, where just one that nobody reads could be read as f.
func (m *matcher) renamed(made *match, f *Field) string {
	var likely []string
	for i, wf := range made.written.Fields {
		if made.to[i] < 0 && wf.Type.Kind == f.Type.Kind {
			likely = append(likely, wf.Name)
		}
	}
	if len(likely) != 1 {
		return ""
	}
	return fmt.Sprintf(", or the alias %q if it was renamed", likely[0])
}

// intoUnion pairs a type with the branch of the reader's union that reads it.
func (m *matcher) intoUnion(made *match, path string) {
	made.way, made.same = intoUnion, false
	made.branch = branchFor(made.written, made.read)
	if made.branch >= 0 {
		made.inner = m.match(made.written, made.read.Branches[made.branch], path)
		return
	}
	names := make([]string, len(made.read.Branches))
	for i, b := range made.read.Branches {
		names[i] = b.describe()
	}
	m.fail(path, "%s is written and the union that is read does not have it; the union has %s", made.written.describe(), strings.Join(names, ", "))
}

// branchFor is the branch of a union that reads a value of w: the first of its kind and full name, else of its short name,
// else that w can be promoted to. The specification takes the first that matches in any way; its Java library, whose
// order this is, and all that was written with it would read an int as double where a union has both.
func branchFor(w *Type, union *Type) int {
	for _, fits := range []func(*Type) bool{
		func(b *Type) bool {
			return b.Kind == w.Kind && b.Size == w.Size && (b.Name == w.Name || slices.Contains(b.Aliases, w.Name))
		},
		func(b *Type) bool { return b.Kind == w.Kind && b.Size == w.Size && b.shortName() == w.shortName() },
		func(b *Type) bool { return promotes(w.Kind, b.Kind) },
	} {
		if i := slices.IndexFunc(union.Branches, fits); i >= 0 {
			return i
		}
	}
	return -1
}
