package expression

import (
	"errors"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// functionOf is the function that x calls; empty where it is no call.
func functionOf(x ast.Expr) string {
	if x.Kind() != ast.CallKind {
		return ""
	}
	return x.AsCall().FunctionName()
}

// partsOf are the expressions that x is made of. A field of value is one part, however deep it lies. The body of a macro such as
// exists is left out, since it has a value for each element, and so is a record that no slot holds.
func (e *Expression) partsOf(x ast.Expr) []ast.Expr {
	x = unwrap(x)
	if _, field := pathOf(x); field {
		return nil
	}
	var parts []ast.Expr
	switch x.Kind() {
	case ast.SelectKind:
		parts = append(parts, x.AsSelect().Operand())
	case ast.CallKind:
		call := x.AsCall()
		if call.FunctionName() == headerOf {
			return nil
		}
		if call.IsMemberFunction() {
			parts = append(parts, call.Target())
		}
		parts = append(parts, call.Args()...)
	case ast.ListKind:
		parts = append(parts, x.AsList().Elements()...)
	case ast.MapKind:
		for _, entry := range x.AsMap().Entries() {
			parts = append(parts, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
	case ast.ComprehensionKind:
		parts = append(parts, x.AsComprehension().IterRange())
	}
	return slices.DeleteFunc(parts, func(part ast.Expr) bool {
		path, field := pathOf(part)
		return field && !e.reads(path)
	})
}

// isConstant tells whether the source of x shows its value: a literal, a list of literals, or a literal time or duration.
func isConstant(x ast.Expr) bool {
	switch x.Kind() {
	case ast.LiteralKind:
		return true
	case ast.ListKind, ast.MapKind:
		constant := true
		for _, part := range nodes(x) {
			constant = constant && (part.ID() == x.ID() || isConstant(part))
		}
		return constant
	case ast.CallKind:
		switch args := x.AsCall().Args(); x.AsCall().FunctionName() {
		case "timestamp", "duration", operators.Negate:
			return len(args) == 1 && args[0].Kind() == ast.LiteralKind
		}
	}
	return false
}

// alone compiles what computes x by itself, on cel-go.
func (c *compiler) alone(x ast.Expr) func(*activation) (any, *Fault) {
	if value, ok := c.field(x); ok {
		return func(a *activation) (any, *Fault) { return value(a.event) }
	}
	null, place := c.nullFault(x), c.fault(x, "")
	sub := ast.NewCheckedAST(ast.NewAST(x, c.e.ast.SourceInfo()), c.e.ast.TypeMap(), c.e.ast.ReferenceMap())
	program, unplanned := c.e.celEnv.PlanProgram(sub, cel.CostLimit(MaxCost))
	fail := func(err error) (any, *Fault) {
		if errors.Is(err, ErrNull) {
			return nil, null
		}
		fault := c.slowFault(err)
		fault.Source, fault.Offset = place.Source, place.Offset
		if whole := unwrap(x); functionOf(whole) == operators.Index && strings.HasPrefix(fault.What, "no key") {
			fault.Source = c.e.texts.of(whole.AsCall().Args()[0])
		}
		return nil, fault
	}
	return func(a *activation) (any, *Fault) {
		if unplanned != nil {
			return fail(unplanned)
		}
		v, _, err := program.Eval(a)
		if err != nil {
			return fail(err)
		}
		value, err := a.native(v)
		if err != nil {
			return fail(err)
		}
		return value, nil
	}
}
