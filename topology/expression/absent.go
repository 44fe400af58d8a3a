package expression

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/anabranch-go/anabranch/schemas"
)

// lookup is a value that is read from a map by a key that the map need not have.
type lookup struct {
	guard string // canonical: the test that would guard it
	Problem
}

// guardOf is the canonical text of `key in in`.
func guardOf(key, in string) string { return operators.In + "(," + key + "," + in + ")" }

// withText is f and that a condition holds.
func (f facts) withText(guard string) facts {
	known := maps.Clone(f.known)
	if known == nil {
		known = map[string]bool{}
	}
	known[guard] = true
	return facts{never: f.never, known: known}
}

// index notes m[key] where no test before it has found the key in the map.
func (n *nulls) index(e ast.Expr, known facts) {
	m, key := e.AsCall().Args()[0], e.AsCall().Args()[1]
	t := n.avro[m.ID()]
	if t == nil || required(t).Kind != schemas.Map {
		return
	}
	guard := guardOf(canonical(key), canonical(m))
	if known.has(guard) {
		return
	}
	text := n.texts.of(e)
	start, end := n.report.place(n.texts.info, n.texts.node(e))
	n.lookups = append(n.lookups, lookup{guard, Problem{
		Offset: start, End: end, Code: Absent, What: fmt.Sprintf("%s may have no key %s, and then the event is rejected", n.texts.of(m), n.keyText(key)),
		Fix: fmt.Sprintf("guard it: %s in %s && %s", n.keyText(key), n.texts.of(m), shortened(n.around, n.texts, text)),
	}})
}

// keyText writes a key; that of value.labels.test is "test".
func (n *nulls) keyText(key ast.Expr) string {
	if key.Kind() == ast.LiteralKind {
		return fmt.Sprintf("%q", key.AsLiteral().Value())
	}
	return n.texts.of(key)
}

// shortened is the innermost of the conditions around a text where it is short enough to be shown.
func shortened(around []ast.Expr, t texts, text string) string {
	if len(around) == 0 {
		return "…"
	}
	whole := t.of(around[len(around)-1])
	if len(whole) > 60 || strings.ContainsAny(whole, "@?|&") || !strings.Contains(whole, text) {
		return "…"
	}
	return whole
}

// absorb forgets the lookups from a number on that some operand of && or || settles where the key is missing, whatever its place.
func (n *nulls) absorb(from int, on facts) {
	kept := slices.DeleteFunc(slices.Clone(n.lookups[from:]), func(l lookup) bool { return on.has(l.guard) })
	n.lookups = append(n.lookups[:from], kept...)
}

// Warnings are what may go wrong for some events, and need not.
func (e *Expression) Warnings() []Problem { return slices.Clone(e.warnings) }
