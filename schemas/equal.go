package schemas

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Equal tells whether two schemas describe the same values in the same bytes: the same names, fields, symbols, branches
// and logical types in the same order. Docs, aliases and defaults do not count.
func Equal(a, b *Schema) bool { return a.Canonical() == b.Canonical() }

// Fingerprint is the SHA-256 of Canonical, in hex: equal for schemas that are Equal.
func (s *Schema) Fingerprint() string {
	sum := sha256.Sum256([]byte(s.Canonical()))
	return hex.EncodeToString(sum[:])
}

// Canonical is the schema as JSON with all names in full, and without docs, aliases and defaults. Unlike the Parsing
// Canonical Form of the specification it keeps logical types, which change what a value means.
func (s *Schema) Canonical() string {
	var b strings.Builder
	s.Type.canonical(&b, map[string]bool{})
	return b.String()
}

// canonical writes t with all names in full and nothing that does not bear on values. Named types are written once.
func (t *Type) canonical(b *strings.Builder, seen map[string]bool) {
	if t.Name != "" {
		if seen[t.Name] {
			fmt.Fprintf(b, "%q", t.Name)
			return
		}
		seen[t.Name] = true
	}
	switch {
	case t.Kind == Union:
		canonicalUnion(b, t.Branches, seen)
		return
	case t.plain():
		fmt.Fprintf(b, "%q", t.Kind)
		return
	}
	fmt.Fprintf(b, `{"type":%q`, t.Kind)
	if t.Name != "" {
		fmt.Fprintf(b, `,"name":%q`, t.Name)
		if !strings.Contains(t.Name, ".") {
			b.WriteString(`,"namespace":""`)
		}
	}
	if t.Logical != "" {
		fmt.Fprintf(b, `,"logicalType":%q`, t.Logical)
	}
	if t.Logical == Decimal {
		fmt.Fprintf(b, `,"precision":%d,"scale":%d`, t.Precision, t.Scale)
	}
	t.canonicalParts(b, seen)
	b.WriteByte('}')
}

func (t *Type) canonicalParts(b *strings.Builder, seen map[string]bool) {
	switch t.Kind {
	case Fixed:
		fmt.Fprintf(b, `,"size":%d`, t.Size)
	case Enum:
		fmt.Fprintf(b, `,"symbols":["%s"]`, strings.Join(t.Symbols, `","`))
	case Array:
		b.WriteString(`,"items":`)
		t.Items.canonical(b, seen)
	case Map:
		b.WriteString(`,"values":`)
		t.Items.canonical(b, seen)
	case Record:
		b.WriteString(`,"fields":[`)
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, `{"name":%q,"type":`, f.Name)
			f.Type.canonical(b, seen)
			b.WriteByte('}')
		}
		b.WriteByte(']')
	}
}

func canonicalUnion(b *strings.Builder, branches []*Type, seen map[string]bool) {
	b.WriteByte('[')
	for i, branch := range branches {
		if i > 0 {
			b.WriteByte(',')
		}
		branch.canonical(b, seen)
	}
	b.WriteByte(']')
}

// plain tells whether the name of t's kind says all of it.
func (t *Type) plain() bool { return t.Name == "" && t.Logical == "" && t.Items == nil }
