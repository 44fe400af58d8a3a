package expression

import (
	"cel.dev/cel-go/common/ast"
)

// texts finds the source text of lowered nodes.
type texts struct {
	original map[int64]ast.Expr // the parsed nodes by id
	info     *ast.SourceInfo
}

// of is the source of a lowered node.
func (t texts) of(e ast.Expr) string {
	if o, ok := t.original[e.ID()]; ok {
		return sourceText(o, t.info)
	}
	if e = unwrap(e); t.original[e.ID()] != nil {
		return t.of(e)
	}
	if e.Kind() == ast.SelectKind {
		return t.of(e.AsSelect().Operand()) + "." + e.AsSelect().FieldName()
	}
	return "this"
}

// node is the parsed node that a lowered one comes from, where there is one.
func (t texts) node(e ast.Expr) ast.Expr {
	if o, ok := t.original[unwrap(e).ID()]; ok {
		return o
	}
	return e
}
