package schemas

import (
	"fmt"
	"slices"
	"strings"
)

// match says how a value that was written as one type is read as another.
type match struct {
	written, read *Type
	way           way
	// same: every value has the same bytes as either type.
	same bool
	// strict: it takes a conversion to find whether a value can be read, since not all bytes are text.
	strict bool

	inner    *match   // of items and of intoUnion: the items, the branch
	branch   int      // of intoUnion: which
	branches []*match // of fromUnion: by branch of the writer, what it is as the whole read type
	symbols  []int    // of byName: by symbol of the writer, that of the reader

	fields  []*match // of byField: by field of the writer; nil where nobody reads it
	to      []int    // of byField: by field of the writer, the field that reads it; -1 where none does
	from    []int    // of byField: by field of the reader, the field that it reads; -1 for its default
	inOrder bool     // of byField: to grows
}

// way is how the bytes of one value come from those of another.
type way uint8

const (
	asWritten way = iota
	asText        // bytes that must be UTF-8
	toFloat
	toDouble
	byName // the symbol of an enum
	byField
	byItem
	fromUnion
	intoUnion
)

// matcher pairs a writer's types with a reader's, as the specification resolves them, and notes what does not match.
type matcher struct {
	seen  map[[2]*Type]*match
	all   []*match
	wrong Incompatibilities
	taken Incompatibilities // what the specification allows, and takes one thing for another
}

// matchTypes pairs whole schemas.
func matchTypes(writer, reader *Type) (*match, *matcher) {
	seal(writer)
	seal(reader)
	m := &matcher{seen: map[[2]*Type]*match{}}
	root := m.match(writer, reader, "")
	if len(m.wrong) == 0 {
		m.settle()
	}
	return root, m
}

// match pairs w with r. Types that stand in several places are paired once, and what is wrong with them is said once.
func (m *matcher) match(w, r *Type, path string) *match {
	pair := [2]*Type{w, r}
	if known := m.seen[pair]; known != nil {
		return known
	}
	made := &match{written: w, read: r, same: true}
	m.seen[pair] = made
	m.all = append(m.all, made)
	switch {
	case w.Kind == Union:
		made.way, made.same = fromUnion, r.Kind == Union
		for i, branch := range w.Branches {
			b := m.match(branch, r, path)
			made.branches = append(made.branches, b)
			made.same = made.same && b.branch == i
		}
	case r.Kind == Union:
		m.intoUnion(made, path)
	case w.Kind == r.Kind:
		m.sameKind(made, path)
	default:
		m.promote(made, path)
	}
	return made
}

// promote pairs different kinds.
func (m *matcher) promote(made *match, path string) {
	w, r := made.written.Kind, made.read.Kind
	switch {
	case !promotes(w, r):
		m.fail(path, "%s is written and %s is read; %s", made.written.describe(), made.read.describe(), readable(w))
	case r == Long:
		m.numbers(made, path)
	case r == Double:
		made.way, made.same = toDouble, false
	case r == Float:
		made.way, made.same = toFloat, false
	case r == String:
		made.way, made.same, made.strict = asText, false, true
	}
}

// promotions are the kinds that each kind can be read as beside itself.
var promotions = map[Kind][]Kind{
	Int: {Long, Float, Double}, Long: {Float, Double}, Float: {Double}, String: {Bytes}, Bytes: {String},
}

func promotes(w, r Kind) bool { return slices.Contains(promotions[w], r) }

// readable says as what a kind can be read.
func readable(w Kind) string {
	all := append([]Kind{w}, promotions[w]...)
	names := make([]string, len(all))
	for i, k := range all {
		names[i] = string(k)
	}
	switch {
	case w == Null:
		return "what is read should be a union with null"
	case len(names) == 1:
		return fmt.Sprintf("%s can be read only as %[1]s", w)
	}
	return fmt.Sprintf("%s can be read as %s or %s", w, strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}

// sameKind pairs two types of one kind, neither of them a union.
func (m *matcher) sameKind(made *match, path string) {
	w, r := made.written, made.read
	if w.Name != "" && !namesMatch(w, r) {
		m.fail(path, "%s is written and %s is read; their names should be equal, or the reader should have the alias %q", w.describe(), r.describe(), w.Name)
		return
	}
	switch w.Kind {
	case Array, Map:
		made.way = byItem
		made.inner = m.match(w.Items, r.Items, path+"[]")
	case Fixed:
		if w.Size != r.Size {
			m.fail(path, "%s is written and %s is read; sizes should be equal", w.describe(), r.describe())
		}
	case Enum:
		m.enum(made, path)
	case Record:
		m.record(made, path)
	}
	m.numbers(made, path)
}

// numbers refuses decimals that would be read as other numbers, and notes other logical types of which that is so.
func (m *matcher) numbers(made *match, path string) {
	w, r := made.written, made.read
	switch {
	case w.Logical == Decimal && r.Logical == Decimal:
		if w.Precision != r.Precision || w.Scale != r.Scale {
			m.fail(path, "decimal of precision %d and scale %d is written, of %d and %d is read; both should be equal", w.Precision, w.Scale, r.Precision, r.Scale)
		}
	case w.Logical != r.Logical && w.Logical != "" && r.Logical != "":
		m.taken = append(m.taken, Incompatibility{Path: path, Reason: fmt.Sprintf("%s is written and %s is read; the number stays as it is", w.Logical, r.Logical)})
	}
}

// namesMatch: named types match by the last part of their names, or by an alias of the reader.
func namesMatch(w, r *Type) bool {
	return w.shortName() == r.shortName() || slices.Contains(r.Aliases, w.Name)
}

// shortName is the name without its namespace.
func (t *Type) shortName() string { return t.Name[1+strings.LastIndexByte(t.Name, '.'):] }

// describe words a type for people.
func (t *Type) describe() string {
	switch {
	case t.Kind == Fixed:
		return fmt.Sprintf("fixed %q of %d bytes", t.Name, t.Size)
	case t.Name != "":
		return fmt.Sprintf("%s %q", t.Kind, t.Name)
	}
	return string(t.Kind)
}

// enum pairs symbols by name.
func (m *matcher) enum(made *match, path string) {
	made.way = byName
	w, r := made.written, made.read
	var missing []string
	for i, symbol := range w.Symbols {
		to := slices.Index(r.Symbols, symbol)
		if to < 0 && r.Default != "" {
			to = slices.Index(r.Symbols, r.Default)
		}
		if to < 0 {
			missing = append(missing, symbol)
		}
		made.symbols = append(made.symbols, to)
		made.same = made.same && to == i
	}
	if len(missing) > 0 {
		m.fail(path, "enum %q is written with %s, which the reader does not have; it should have %s, or a default", r.Name, strings.Join(missing, ", "), them(missing))
	}
}

func them(names []string) string {
	if len(names) == 1 {
		return "it"
	}
	return "them"
}

// settle finds which matches are the same and strict all the way down; types may go round in circles.
func (m *matcher) settle() {
	for changed := true; changed; {
		changed = false
		for _, made := range m.all {
			for part := range made.parts {
				same, strict := made.same && part.same, made.strict || part.strict
				if made.way == fromUnion && part.way == intoUnion {
					// A branch of its own kind differs by the index alone, which has been compared.
					same = made.same && part.inner.same
				}
				changed = changed || same != made.same || strict != made.strict
				made.same, made.strict = same, strict
			}
		}
	}
}

// parts are the matches that a match is made of.
func (m *match) parts(yield func(*match) bool) {
	for _, parts := range [][]*match{m.fields, m.branches, {m.inner}} {
		for _, part := range parts {
			if part != nil && !yield(part) {
				return
			}
		}
	}
}

func (m *matcher) fail(path, format string, args ...any) {
	m.wrong = append(m.wrong, Incompatibility{Path: path, Reason: fmt.Sprintf(format, args...)})
}
