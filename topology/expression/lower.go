package expression

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// lowering rewrites a parsed expression so that everything about null stands in it: a null test becomes a call of
// @null or @not_null, and every use of what may be null becomes @some(x). What is left has plain CEL types, which
// cel-go's checker can check, and both ways to run it agree about null. On the way it finds the Avro type of whatever is a
// part of the event, and reports every name that is not known.
type lowering struct {
	fac     ast.ExprFactory
	info    *ast.SourceInfo
	env     Env
	report  *report
	known   map[string]bool // names of functions
	avro    map[int64]*schemas.Type
	scope   []variable
	lastID  int64
	headers bool
}

// variable is the variable of a macro such as exists.
type variable struct {
	name string
	avro *schemas.Type // nil where its type is computed
}

func newLowering(parsed *ast.AST, env Env, known map[string]bool, r *report) *lowering {
	return &lowering{
		fac: ast.NewExprFactory(), info: parsed.SourceInfo(), env: env, report: r, known: known,
		avro: map[int64]*schemas.Type{}, lastID: ast.MaxID(parsed),
	}
}

// root lowers the whole expression. A key, a tuple's elements and what is matched may be null and are left as they are.
func (l *lowering) root(e ast.Expr, want Want) ast.Expr {
	switch {
	case want == Bool:
		return l.condition(e)
	case want == Key && e.Kind() == ast.ListKind:
		elements := make([]ast.Expr, 0, e.AsList().Size())
		for _, element := range e.AsList().Elements() {
			elements = append(elements, l.held(element))
		}
		return l.fac.NewList(e.ID(), elements, nil)
	}
	return l.held(e)
}

// condition lowers a whole condition. One that is no bool is wrong for that alone, whether or not it may be null.
func (l *lowering) condition(e ast.Expr) ast.Expr {
	lowered := l.use(e)
	if x := unwrap(lowered); x != lowered && required(l.avro[x.ID()]).Kind != schemas.Boolean {
		return x
	}
	return lowered
}

// use lowers e where its value is needed: it must be readable, and not null.
func (l *lowering) use(e ast.Expr) ast.Expr {
	lowered := l.expr(e)
	t := l.avro[lowered.ID()]
	if t == nil {
		return lowered
	}
	if kind := unreadable(required(t)); kind != "" {
		what, fix := unreadableWords(l.text(e), t)
		return l.bad(e, Unreadable, what, fix)
	}
	if !mayBeNull(t) {
		return lowered
	}
	return l.call(e, required(t), some, lowered)
}

// held lowers e where it may be null: records on the way to it may be null too.
func (l *lowering) held(e ast.Expr) ast.Expr {
	if e.Kind() != ast.SelectKind || e.AsSelect().IsTestOnly() {
		return l.expr(e)
	}
	operand := l.held(e.AsSelect().Operand())
	t := l.avro[operand.ID()]
	if t == nil || required(t).Kind != schemas.Record {
		return l.expr(e)
	}
	lowered := l.field(e.ID(), e, operand, required(t))
	if field := l.avro[lowered.ID()]; field != nil && mayBeNull(t) && !mayBeNull(field) {
		l.avro[lowered.ID()] = orNull(field)
	}
	return lowered
}

// orNull is the type of a value of t or null.
func orNull(t *schemas.Type) *schemas.Type {
	null := &schemas.Type{Kind: schemas.Null}
	if t.Kind == schemas.Union {
		if slices.ContainsFunc(t.Branches, func(b *schemas.Type) bool { return b.Kind == schemas.Null }) {
			return t
		}
		return &schemas.Type{Kind: schemas.Union, Branches: append([]*schemas.Type{null}, t.Branches...)}
	}
	return &schemas.Type{Kind: schemas.Union, Branches: []*schemas.Type{null, t}}
}

func (l *lowering) expr(e ast.Expr) ast.Expr {
	switch e.Kind() {
	case ast.LiteralKind:
		if e.AsLiteral() == types.NullValue {
			return l.bad(e, Types, "null can only be compared with == and !=", "")
		}
		return l.fac.CopyExpr(e)
	case ast.IdentKind:
		return l.ident(e)
	case ast.SelectKind:
		return l.selection(e)
	case ast.CallKind:
		return l.callExpr(e)
	case ast.ListKind:
		return l.list(e)
	case ast.MapKind:
		return l.mapLiteral(e)
	case ast.ComprehensionKind:
		return l.comprehension(e)
	case ast.StructKind:
		return l.bad(e, UnknownFunc, "an expression cannot make a record", "")
	}
	return l.bad(e, Syntax, "this is not an expression", "")
}

func (l *lowering) ident(e ast.Expr) ast.Expr {
	name := e.AsIdent()
	for i := len(l.scope) - 1; i >= 0; i-- {
		if l.scope[i].name == name {
			return l.typed(l.fac.NewIdent(e.ID(), name), l.scope[i].avro)
		}
	}
	lowered := l.fac.NewIdent(e.ID(), name)
	switch name {
	case "timestamp":
		return lowered
	case "value":
		if l.env.Value == nil {
			return l.bad(e, UnknownName, l.env.stream()+" has no schema, so that value cannot be read", "give the stream a schema: schema: FILE.avsc")
		}
		return l.typed(lowered, l.env.Value)
	case "key":
		switch l.env.Key {
		case KeyString:
			return l.typed(lowered, orNull(&schemas.Type{Kind: schemas.String}))
		case KeyBytes:
			return l.typed(lowered, orNull(&schemas.Type{Kind: schemas.Bytes}))
		}
		return l.bad(e, Unreadable, "the key of "+l.env.stream()+" cannot be read by expressions", "only keys of format string or bytes can")
	}
	return l.unknownName(e, name)
}

// typed notes the Avro type of a lowered node.
func (l *lowering) typed(e ast.Expr, t *schemas.Type) ast.Expr {
	if t != nil {
		l.avro[e.ID()] = t
	}
	return e
}

// call makes a node of its own that stands where the node of stands.
func (l *lowering) call(of ast.Expr, t *schemas.Type, function string, args ...ast.Expr) ast.Expr {
	return l.typed(l.fac.NewCall(l.newID(of), function, args...), t)
}

// newID is the id of a new node that stands where the node of stands.
func (l *lowering) newID(of ast.Expr) int64 {
	l.lastID++
	if r, ok := l.info.GetOffsetRange(of.ID()); ok {
		l.info.SetOffsetRange(l.lastID, r)
	}
	return l.lastID
}

// bad reports a mistake in e, and stands for e from there on.
func (l *lowering) bad(e ast.Expr, code Code, what, fix string) ast.Expr {
	start, end := l.report.place(l.info, e)
	l.report.add(Problem{Offset: start, End: end, Code: code, What: what, Fix: fix})
	delete(l.avro, e.ID())
	return l.fac.NewIdent(e.ID(), badName)
}

// text writes e as its source has it, but for spaces and brackets.
func (l *lowering) text(e ast.Expr) string { return sourceText(e, l.info) }

// unreadableWords says why a value of t cannot be read, and what can be done instead.
func unreadableWords(text string, t *schemas.Type) (what, fix string) {
	what = text + " is a " + avroWords(t) + ", which expressions cannot read"
	switch required(t).Kind {
	case schemas.Union:
		return what, "compare it with null, or choose by its branch in a splitter: match: " + text
	case schemas.Null:
		return text + " is always null", ""
	}
	if mayBeNull(t) {
		return what, "it can only be compared with null"
	}
	return what, "choose by another field"
}
