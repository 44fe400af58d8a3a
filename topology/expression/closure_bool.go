package expression

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// boolean compiles a condition; false where closures cannot do it.
func (c *compiler) boolean(x ast.Expr) (fn[bool], bool) {
	switch x.Kind() {
	case ast.LiteralKind:
		b, ok := x.AsLiteral().Value().(bool)
		return always(b), ok
	case ast.SelectKind:
		if x.AsSelect().IsTestOnly() {
			return c.hasKey(x.AsSelect().Operand(), always(x.AsSelect().FieldName()))
		}
	case ast.CallKind:
		if f, ok := c.condition(x); ok {
			return f, true
		}
	}
	if i, ok := c.plainSlot(x); ok && c.kind(x) == types.BoolKind {
		return func(e *event) (bool, *Fault) { return e.Value.Slots[i].N != 0, nil }, true
	}
	return read(c, x, types.BoolKind, func(n int64, _ string) bool { return n != 0 })
}

func (c *compiler) condition(x ast.Expr) (fn[bool], bool) {
	call := x.AsCall()
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd, operators.LogicalOr:
		return c.logic(x, name)
	case operators.LogicalNot:
		f, ok := c.boolean(args[0])
		return func(e *event) (bool, *Fault) {
			b, fault := f(e)
			return !b, fault
		}, ok
	case operators.Conditional:
		return conditional(c, args, c.boolean)
	case isNull:
		return c.nullTest(args[0], true)
	case isNotNull:
		return c.nullTest(args[0], false)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return c.comparison(masks[name], args[0], args[1])
	case operators.In:
		return c.in(args[0], args[1])
	case "contains", "startsWith", "endsWith", "matches":
		return c.textTest(call)
	}
	return nil, false
}

func always[T any](v T) fn[T] { return func(*event) (T, *Fault) { return v, nil } }

// logic compiles a chain of && or ||. An operand that fails counts only where no other decides.
func (c *compiler) logic(x ast.Expr, operator string) (fn[bool], bool) {
	decides := operator == operators.LogicalOr
	var operands []fn[bool]
	for _, o := range conjuncts(x, operator) {
		f, ok := c.boolean(o)
		if !ok {
			return nil, false
		}
		operands = append(operands, f)
	}
	return func(e *event) (bool, *Fault) {
		var first *Fault
		for _, f := range operands {
			b, fault := f(e)
			if fault != nil {
				if first == nil {
					first = fault
				}
			} else if b == decides {
				return decides, nil
			}
		}
		return !decides, first
	}, true
}

// conditional compiles a ? b : c of any type.
func conditional[T any](c *compiler, args []ast.Expr, compile func(ast.Expr) (fn[T], bool)) (fn[T], bool) {
	test, ok := c.boolean(args[0])
	if !ok {
		return nil, false
	}
	yes, ok := compile(args[1])
	if !ok {
		return nil, false
	}
	no, ok := compile(args[2])
	return func(e *event) (T, *Fault) {
		b, fault := test(e)
		switch {
		case fault != nil:
			var none T
			return none, fault
		case b:
			return yes(e)
		}
		return no(e)
	}, ok
}

// nullTest compiles x == null where is is true, and x != null where it is false.
func (c *compiler) nullTest(x ast.Expr, is bool) (fn[bool], bool) {
	if path, ok := pathOf(x); ok {
		if !c.e.pathMayBeNull(path) {
			return always(!is), true
		}
		i := c.slot(path)
		return func(e *event) (bool, *Fault) { return e.Value.Slots[i].Null == is, nil }, true
	}
	if x.Kind() == ast.IdentKind && x.AsIdent() == "key" {
		return func(e *event) (bool, *Fault) { return (e.Key == nil) == is, nil }, true
	}
	if isCall(x, headerOf) {
		name := literalString(x.AsCall().Args()[1])
		return func(e *event) (bool, *Fault) {
			value, ok := e.Header(name)
			return (!ok || value == nil) == is, nil
		}, true
	}
	if element, ok := c.element(x); ok {
		return func(e *event) (bool, *Fault) {
			s, fault := element(e)
			return s.Null == is, fault
		}, true
	}
	return nil, false
}

// kind is the CEL kind of a node.
func (c *compiler) kind(x ast.Expr) types.Kind { return c.e.ast.GetType(x.ID()).Kind() }

// plainSlot gives the slot of a field that cannot be null.
func (c *compiler) plainSlot(x ast.Expr) (int, bool) {
	path, ok := pathOf(x)
	if !ok || c.e.pathMayBeNull(path) {
		return 0, false
	}
	if t := c.e.avro[x.ID()]; t == nil || t.Kind == schemas.Record {
		return 0, false
	}
	return c.slot(path), true
}
