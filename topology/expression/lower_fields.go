package expression

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// selection lowers x.name and has(x.name).
func (l *lowering) selection(e ast.Expr) ast.Expr {
	sel := e.AsSelect()
	if sel.IsTestOnly() {
		return l.has(e)
	}
	if l.isSymbol(sel) {
		return l.bad(sel.Operand(), UnknownName, "unknown name "+sel.Operand().AsIdent(), fmt.Sprintf("a symbol of an enum is a text: %q", sel.FieldName()))
	}
	operand := l.use(sel.Operand())
	t := l.avro[operand.ID()]
	switch {
	case isBad(operand):
		return operand
	case t == nil:
		return l.fac.NewSelect(e.ID(), operand, sel.FieldName())
	case t.Kind == schemas.Record:
		return l.field(e.ID(), e, operand, t)
	case t.Kind == schemas.Map:
		key := l.fac.NewLiteral(l.newID(e), types.String(sel.FieldName()))
		return l.typed(l.fac.NewCall(e.ID(), operators.Index, operand, key), t.Items)
	}
	return l.badField(e, l.text(sel.Operand())+" is "+avroWords(t)+" and has no fields", l.insteadOfField(sel, t))
}

// isSymbol tells whether a selection is a symbol as other languages write it, Plan.PRO.
func (l *lowering) isSymbol(sel ast.SelectExpr) bool {
	if sel.Operand().Kind() != ast.IdentKind || sel.FieldName() != strings.ToUpper(sel.FieldName()) {
		return false
	}
	first := sel.Operand().AsIdent()[:1]
	return first != strings.ToLower(first)
}

// insteadOfField says what may have been meant by a field of something that has none.
func (l *lowering) insteadOfField(sel ast.SelectExpr, t *schemas.Type) string {
	text, name := l.text(sel.Operand()), sel.FieldName()
	switch {
	case scalarType(t) != cel.StringType && t.Kind != schemas.Array:
	case slices.Contains([]string{"size", "length", "len"}, name):
		return fmt.Sprintf("write size(%s)", text)
	case t.Kind == schemas.Array && required(t.Items).Field(name) != nil:
		return fmt.Sprintf("its elements have: write %s[0].%s, or go through them with %[1]s.exists(x, x.%[2]s …)", text, name)
	}
	return ""
}

// field lowers the selection e of a field of the record t, as the node id.
func (l *lowering) field(id int64, e, operand ast.Expr, t *schemas.Type) ast.Expr {
	name := e.AsSelect().FieldName()
	f := t.Field(name)
	if f == nil {
		what, fix := "record "+shortName(t.Name)+" has no field "+name, suggest(name, fieldNames(t))
		for _, f := range t.Fields {
			if slices.Contains(f.Aliases, name) {
				fix = name + " is an alias of " + f.Name + "; write " + f.Name
			}
		}
		return l.badField(e, what, fix)
	}
	return l.typed(l.fac.NewSelect(id, operand, name), f.Type)
}

func (l *lowering) badField(e ast.Expr, what, fix string) ast.Expr {
	start, end := l.report.field(l.info, e)
	l.report.add(Problem{Offset: start, End: end, Code: UnknownField, What: what, Fix: fix})
	return l.fac.NewIdent(e.ID(), badName)
}

// has lowers has(x.name): for a field it asks whether the field and all records on the way are not null; for a map
// whether it has the key.
func (l *lowering) has(e ast.Expr) ast.Expr {
	sel := e.AsSelect()
	operand := l.held(sel.Operand())
	t := l.avro[operand.ID()]
	switch {
	case isBad(operand):
		return operand
	case t != nil && required(t).Kind == schemas.Record:
		field := l.field(l.newID(e), e, operand, required(t))
		if isBad(field) {
			return field
		}
		return l.fac.NewCall(e.ID(), isNotNull, field)
	case t != nil && required(t).Kind != schemas.Map:
		return l.badField(e, l.text(sel.Operand())+" is "+avroWords(t)+" and has no fields", "")
	}
	return l.fac.NewPresenceTest(e.ID(), l.use(sel.Operand()), sel.FieldName())
}

func isBad(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == badName }

// pathOf gives the path of a lowered selection from value, through the @some of records on the way.
func pathOf(e ast.Expr) (string, bool) {
	var names []string
	for {
		e = unwrap(e)
		switch {
		case e.Kind() == ast.SelectKind && !e.AsSelect().IsTestOnly():
			names = append(names, e.AsSelect().FieldName())
			e = e.AsSelect().Operand()
			continue
		case e.Kind() != ast.IdentKind || e.AsIdent() != "value":
			return "", false
		}
		var path strings.Builder
		for i := len(names) - 1; i >= 0; i-- {
			if path.Len() > 0 {
				path.WriteByte('.')
			}
			path.WriteString(names[i])
		}
		return path.String(), true
	}
}

// unwrap gives x of @some(x), and anything else as it is.
func unwrap(e ast.Expr) ast.Expr {
	for e.Kind() == ast.CallKind && e.AsCall().FunctionName() == some {
		e = e.AsCall().Args()[0]
	}
	return e
}
