package expression

import (
	"math"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// integer compiles an int.
func (c *compiler) integer(x ast.Expr) (fn[int64], bool) {
	if c.kind(x) != types.IntKind {
		return nil, false
	}
	switch {
	case isLiteral(x, types.IntType):
		return always(x.AsLiteral().Value().(int64)), true
	case x.Kind() != ast.CallKind || isCall(x, some) || isCall(x, operators.Index):
		return read(c, x, types.IntKind, func(n int64, _ string) int64 { return n })
	}
	args := x.AsCall().Args()
	switch name := x.AsCall().FunctionName(); name {
	case operators.Conditional:
		return conditional(c, args, c.integer)
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo:
		return arithmetic(c, x, c.integer, integerOf[name])
	case operators.Negate:
		f, ok := c.integer(args[0])
		overflow := c.fault(x, "integer overflow")
		return func(e *event) (int64, *Fault) {
			n, fault := f(e)
			if fault == nil && n == math.MinInt64 {
				fault = overflow
			}
			return -n, fault
		}, ok
	case "size":
		return c.size(x.AsCall())
	case "int":
		return c.toInt(x, args[0])
	}
	return c.part(x.AsCall())
}

// outcome is what became of an operation on numbers.
type outcome uint8

const (
	fine outcome = iota
	overflows
	byZero
)

// integerOf are the operations on ints, each refusing to overflow.
var integerOf = map[string]func(a, b int64) (int64, outcome){
	operators.Add: func(a, b int64) (int64, outcome) {
		sum := a + b
		if (sum > a) != (b > 0) && b != 0 {
			return 0, overflows
		}
		return sum, fine
	},
	operators.Subtract: func(a, b int64) (int64, outcome) {
		difference := a - b
		if (difference < a) != (b > 0) && b != 0 {
			return 0, overflows
		}
		return difference, fine
	},
	operators.Multiply: func(a, b int64) (int64, outcome) {
		if a == 0 || b == 0 {
			return 0, fine
		}
		product := a * b
		if product/b != a || a == -1 && b == math.MinInt64 || b == -1 && a == math.MinInt64 {
			return 0, overflows
		}
		return product, fine
	},
	operators.Divide: func(a, b int64) (int64, outcome) {
		switch {
		case b == 0:
			return 0, byZero
		case a == math.MinInt64 && b == -1:
			return 0, overflows
		}
		return a / b, fine
	},
	operators.Modulo: func(a, b int64) (int64, outcome) {
		switch {
		case b == 0:
			return 0, byZero
		case a == math.MinInt64 && b == -1:
			return 0, overflows
		}
		return a % b, fine
	},
}

// doubleOf are the operations on doubles, which have infinities instead of overflow.
var doubleOf = map[string]func(a, b float64) (float64, outcome){
	operators.Add:      func(a, b float64) (float64, outcome) { return a + b, fine },
	operators.Subtract: func(a, b float64) (float64, outcome) { return a - b, fine },
	operators.Multiply: func(a, b float64) (float64, outcome) { return a * b, fine },
	operators.Divide:   func(a, b float64) (float64, outcome) { return a / b, fine },
}

// arithmetic compiles an operation on two numbers.
func arithmetic[T any](c *compiler, x ast.Expr, compile func(ast.Expr) (fn[T], bool), operation func(a, b T) (T, outcome)) (fn[T], bool) {
	args := x.AsCall().Args()
	left, ok := compile(args[0])
	if !ok || operation == nil {
		return nil, false
	}
	right, ok := compile(args[1])
	overflow, zero := c.fault(x, "integer overflow"), c.fault(x, "division by zero")
	return func(e *event) (result T, fault *Fault) {
		a, fault := left(e)
		if fault != nil {
			return result, fault
		}
		b, fault := right(e)
		if fault != nil {
			return result, fault
		}
		result, what := operation(a, b)
		switch what {
		case overflows:
			return result, overflow
		case byZero:
			return result, zero
		}
		return result, nil
	}, ok
}

// double compiles a double.
func (c *compiler) double(x ast.Expr) (fn[float64], bool) {
	if c.kind(x) != types.DoubleKind {
		return nil, false
	}
	switch {
	case isLiteral(x, types.DoubleType):
		return always(x.AsLiteral().Value().(float64)), true
	case x.Kind() != ast.CallKind || isCall(x, some) || isCall(x, operators.Index):
		return read(c, x, types.DoubleKind, func(n int64, _ string) float64 { return math.Float64frombits(uint64(n)) })
	}
	args := x.AsCall().Args()
	switch name := x.AsCall().FunctionName(); name {
	case operators.Conditional:
		return conditional(c, args, c.double)
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide:
		return arithmetic(c, x, c.double, doubleOf[name])
	case operators.Negate:
		return mapped(c.double, args[0], func(d float64) float64 { return -d })
	case "double":
		if c.kind(args[0]) == types.DoubleKind {
			return c.double(args[0])
		}
		return mapped(c.integer, args[0], func(n int64) float64 { return float64(n) })
	}
	return nil, false
}

// mapped compiles a function of one argument that cannot fail.
func mapped[A, B any](compile func(ast.Expr) (fn[A], bool), x ast.Expr, f func(A) B) (fn[B], bool) {
	arg, ok := compile(x)
	return func(e *event) (B, *Fault) {
		a, fault := arg(e)
		if fault != nil {
			var none B
			return none, fault
		}
		return f(a), nil
	}, ok
}

// toInt compiles int(x).
func (c *compiler) toInt(call, x ast.Expr) (fn[int64], bool) {
	switch c.kind(x) {
	case types.IntKind:
		return c.integer(x)
	case types.TimestampKind:
		return mapped(c.time, x, func(t time.Time) int64 { return t.Unix() })
	case types.DoubleKind:
		f, ok := c.double(x)
		overflow := c.fault(call, "integer overflow")
		return func(e *event) (int64, *Fault) {
			d, fault := f(e)
			if fault == nil && !(d > math.MinInt64 && d < math.MaxInt64) {
				fault = overflow
			}
			if fault != nil {
				return 0, fault
			}
			return int64(d), nil
		}, ok
	}
	return nil, false
}

// size compiles size(x) and x.size() of texts and arrays. That of a map must count a key once, which cel-go does.
func (c *compiler) size(call ast.CallExpr) (fn[int64], bool) {
	x := call.Target()
	if !call.IsMemberFunction() {
		x = call.Args()[0]
	}
	switch c.kind(x) {
	case types.StringKind:
		return mapped(c.text, x, func(s string) int64 { return int64(utf8.RuneCountInString(s)) })
	case types.BytesKind:
		return mapped(c.text, x, func(s string) int64 { return int64(len(s)) })
	case types.ListKind:
		elements, encoded, ok := c.elements(x)
		if !ok {
			return nil, false
		}
		return counted(elements, encoded, c.fault(x, "broken bytes")), true
	}
	return nil, false
}

func counted(elements *schemas.Elements, encoded fn[string], broken *Fault) fn[int64] {
	return func(e *event) (int64, *Fault) {
		bytes, fault := encoded(e)
		if fault != nil {
			return 0, fault
		}
		n, err := elements.Len(bytes)
		if err != nil {
			return 0, broken
		}
		return int64(n), nil
	}
}
