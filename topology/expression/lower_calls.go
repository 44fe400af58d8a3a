package expression

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

func (l *lowering) callExpr(e ast.Expr) ast.Expr {
	c := e.AsCall()
	name, args := c.FunctionName(), c.Args()
	switch {
	case name == operators.Equals && len(args) == 2, name == operators.NotEquals && len(args) == 2:
		if x, null := l.comparedWithNull(args); null != nil {
			if null.Kind() == ast.IdentKind {
				l.unknownName(null, null.AsIdent())
			}
			return l.fac.NewCall(e.ID(), map[string]string{operators.Equals: isNull, operators.NotEquals: isNotNull}[name], l.held(x))
		}
	case name == "header" && !c.IsMemberFunction():
		return l.header(e)
	case !l.known[name]:
		return l.unknownFunction(e, name)
	}
	lowered := make([]ast.Expr, 0, len(args)+1)
	for _, a := range args {
		lowered = append(lowered, l.use(a))
	}
	if c.IsMemberFunction() {
		return l.fac.NewMemberCall(e.ID(), name, l.use(c.Target()), lowered...)
	}
	return l.typed(l.fac.NewCall(e.ID(), name, lowered...), l.callType(name, lowered))
}

// callType is the Avro type of what a call takes out of its arguments; nil where the result is computed.
func (l *lowering) callType(name string, args []ast.Expr) *schemas.Type {
	switch name {
	case operators.Index:
		if t := l.avro[args[0].ID()]; t != nil {
			return t.Items
		}
	case operators.Conditional:
		return container(l.avro[args[1].ID()], l.avro[args[2].ID()])
	case operators.Add:
		return container(l.avro[args[0].ID()], l.avro[args[1].ID()])
	}
	return nil
}

// container is the type of what may be a or b, where that matters: for arrays, maps and records, whose parts may be null.
func container(a, b *schemas.Type) *schemas.Type {
	for _, t := range []*schemas.Type{a, b} {
		if t != nil && t.Items != nil && mayBeNull(t.Items) {
			return t
		}
	}
	if a != nil && (a.Items != nil || a.Kind == schemas.Record) {
		return a
	}
	return nil
}

// comparedWithNull gives what is compared with null, and the null; both are nil where neither argument is one.
func (l *lowering) comparedWithNull(args []ast.Expr) (x, null ast.Expr) {
	for i, a := range args {
		if other := args[1-i]; l.meansNull(a) && !l.meansNull(other) {
			return other, a
		}
	}
	return nil, nil
}

// meansNull tells whether e is null, or what other languages call so: it guards all the same, once it is repaired.
func (l *lowering) meansNull(e ast.Expr) bool {
	switch e.Kind() {
	case ast.LiteralKind:
		return e.AsLiteral() == types.NullValue
	case ast.IdentKind:
		name := e.AsIdent()
		return nullWords[strings.ToLower(name)] && !slices.ContainsFunc(l.scope, func(v variable) bool { return v.name == name })
	}
	return false
}

// nullWords are what null is called elsewhere, in small letters.
var nullWords = map[string]bool{"null": true, "nil": true, "none": true, "undefined": true}

// header lowers header("name") to a call that has the event.
func (l *lowering) header(e ast.Expr) ast.Expr {
	args := e.AsCall().Args()
	if len(args) != 1 || args[0].Kind() != ast.LiteralKind || args[0].AsLiteral().Type() != types.StringType {
		fix := `for example header("source")`
		if len(args) == 1 && args[0].Kind() == ast.IdentKind {
			fix = fmt.Sprintf("write header(%q)", args[0].AsIdent())
		}
		return l.bad(e, Types, "header takes the name of one header in quotes", fix)
	}
	l.headers = true
	l.lastID++
	event := l.fac.NewIdent(l.lastID, eventName)
	call := l.fac.NewCall(e.ID(), headerOf, event, l.fac.CopyExpr(args[0]))
	return l.typed(call, orNull(&schemas.Type{Kind: schemas.String}))
}

func (l *lowering) list(e ast.Expr) ast.Expr {
	var items *schemas.Type
	elements := make([]ast.Expr, 0, e.AsList().Size())
	for _, x := range e.AsList().Elements() {
		lowered := l.use(x)
		items = container(l.avro[lowered.ID()], items)
		elements = append(elements, lowered)
	}
	list := l.fac.NewList(e.ID(), elements, nil)
	if items != nil {
		l.typed(list, &schemas.Type{Kind: schemas.Array, Items: items})
	}
	return list
}

func (l *lowering) mapLiteral(e ast.Expr) ast.Expr {
	var items *schemas.Type
	entries := make([]ast.EntryExpr, 0, e.AsMap().Size())
	for _, entry := range e.AsMap().Entries() {
		m := entry.AsMapEntry()
		value := l.use(m.Value())
		items = container(l.avro[value.ID()], items)
		entries = append(entries, l.fac.NewMapEntry(entry.ID(), l.use(m.Key()), value, false))
	}
	lowered := l.fac.NewMap(e.ID(), entries)
	if items != nil {
		l.typed(lowered, &schemas.Type{Kind: schemas.Map, Items: items})
	}
	return lowered
}

// comprehension lowers what the parser made of a macro such as exists, all, map or filter.
func (l *lowering) comprehension(e ast.Expr) ast.Expr {
	c := e.AsComprehension()
	over := l.use(c.IterRange())
	v := variable{name: c.IterVar()}
	if t := l.avro[over.ID()]; t != nil && t.Kind == schemas.Array {
		v.avro = t.Items
	}
	switch v.name {
	case "value", "key", "timestamp":
		return l.bad(e, UnknownName, v.name+" is the event's; a variable needs a name of its own", "")
	}
	start := l.use(c.AccuInit())
	l.scope = append(l.scope, v, variable{name: c.AccuVar()})
	while, step, result := l.use(c.LoopCondition()), l.use(c.LoopStep()), l.use(c.Result())
	l.scope = l.scope[:len(l.scope)-2]
	lowered := l.fac.NewComprehension(e.ID(), over, c.IterVar(), c.AccuVar(), start, while, step, result)
	if start.Kind() == ast.ListKind {
		l.typed(lowered, l.collected(step, c.AccuVar()))
	}
	return lowered
}

// collected is the type of the list that a loop makes whose step adds [x] to it.
func (l *lowering) collected(step ast.Expr, accu string) *schemas.Type {
	if step.Kind() != ast.CallKind {
		return nil
	}
	for _, a := range step.AsCall().Args() {
		if a.Kind() == ast.ListKind && step.AsCall().FunctionName() == operators.Add {
			return l.avro[a.ID()]
		}
		if t := l.collected(a, accu); t != nil {
			return t
		}
	}
	return nil
}

// isMine tells whether a name is one that only lowered expressions have.
func isMine(name string) bool { return strings.HasPrefix(name, "@") }
