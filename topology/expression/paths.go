package expression

import (
	"maps"
	"slices"

	"cel.dev/cel-go/common/ast"

	"github.com/anabranch-go/anabranch/schemas"
)

// findPaths collects the fields of value that the expression reads. A record is read only where it is tested for null
// and may be, or where it may be the result.
func (e *Expression) findPaths() []string {
	found := map[string]bool{}
	e.visitReads(e.ast.Expr(), func(read ast.Expr) {
		path, _ := pathOf(read)
		if t := e.avro[read.ID()]; t != nil && (t.Kind != schemas.Record || e.want == Any || e.pathMayBeNull(path)) {
			found[path] = true
		}
	})
	return slices.Sorted(maps.Keys(found))
}

// reads tells whether path is one of the fields that the expression reads.
func (e *Expression) reads(path string) bool {
	_, mine := slices.BinarySearch(e.paths, path)
	return mine
}

// visitReads calls f for every selection from value that no other selection of a field continues.
func (e *Expression) visitReads(x ast.Expr, f func(ast.Expr)) {
	if _, ok := pathOf(x); ok && unwrap(x).ID() == x.ID() {
		f(x)
		return
	}
	switch x.Kind() {
	case ast.SelectKind:
		e.visitReads(x.AsSelect().Operand(), f)
	case ast.CallKind:
		if x.AsCall().IsMemberFunction() {
			e.visitReads(x.AsCall().Target(), f)
		}
		for _, a := range x.AsCall().Args() {
			e.visitReads(a, f)
		}
	case ast.ListKind:
		for _, element := range x.AsList().Elements() {
			e.visitReads(element, f)
		}
	case ast.MapKind:
		for _, entry := range x.AsMap().Entries() {
			e.visitReads(entry.AsMapEntry().Key(), f)
			e.visitReads(entry.AsMapEntry().Value(), f)
		}
	case ast.ComprehensionKind:
		c := x.AsComprehension()
		for _, part := range []ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()} {
			e.visitReads(part, f)
		}
	}
}

// fieldAt is the type of the field of value at path, null included; nil where there is none.
func (e *Expression) fieldAt(path string) *schemas.Type {
	t := e.env.Value
	for name := range fieldsOf(path) {
		f := required(t).Field(name)
		if f == nil {
			return nil
		}
		t = f.Type
	}
	return t
}

// pathMayBeNull tells whether the field at path, or a record on the way to it, may be null.
func (e *Expression) pathMayBeNull(path string) bool {
	t := e.env.Value
	for name := range fieldsOf(path) {
		if _, optional := t.Optional(); optional {
			return true
		}
		t = required(t).Field(name).Type
	}
	return nullable(t)
}

// nullable tells whether a value of t can be null.
func nullable(t *schemas.Type) bool {
	return t.Kind == schemas.Null || t.Kind == schemas.Union &&
		slices.ContainsFunc(t.Branches, func(b *schemas.Type) bool { return b.Kind == schemas.Null })
}

// conjuncts are the operands of a chain of && (or of ||), however it is nested.
func conjuncts(e ast.Expr, operator string) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operator {
		return []ast.Expr{e}
	}
	var all []ast.Expr
	for _, a := range e.AsCall().Args() {
		all = append(all, conjuncts(a, operator)...)
	}
	return all
}

// isCall tells whether e calls the function name.
func isCall(e ast.Expr, name string) bool {
	return e.Kind() == ast.CallKind && e.AsCall().FunctionName() == name
}
