package expression

import (
	"cmp"
	"math"
	"slices"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// mask says which outcomes of a comparison make it true: bit 0 less, bit 1 equal, bit 2 greater.
type mask uint8

var masks = map[string]mask{
	operators.Less: 1, operators.Equals: 2, operators.LessEquals: 3,
	operators.Greater: 4, operators.NotEquals: 5, operators.GreaterEquals: 6,
}

// holds tells whether the outcome of cmp.Compare makes the comparison true.
func (m mask) holds(outcome int) bool { return m>>(outcome+1)&1 != 0 }

// turned is the mask with the operands changed about.
func (m mask) turned() mask { return m&2 | m<<2&4 | m>>2 }

// equality tells whether the mask is of == or !=, which are total where < is not.
func (m mask) equality() bool { return m == 2 || m == 5 }

func (c *compiler) comparison(x ast.Expr, m mask, a, b ast.Expr) (fn[bool], bool) {
	if a.Kind() == ast.LiteralKind && b.Kind() != ast.LiteralKind {
		return c.comparison(x, m.turned(), b, a)
	}
	switch ka, kb := c.kind(a), c.kind(b); {
	case ka == types.IntKind && isLiteral(b, types.IntType):
		return c.between(m, a, b.AsLiteral().Value().(int64))
	case ka == types.StringKind && kb == ka && m == 2 && b.Kind() == ast.LiteralKind:
		return c.among(a, []string{constant(b)})
	case ka == types.IntKind && kb == ka:
		return compared(c, m, a, b, c.integer, cmp.Compare[int64])
	case (ka == types.StringKind || ka == types.BytesKind) && kb == ka:
		return compared(c, m, a, b, c.text, cmp.Compare[string])
	case ka == types.TimestampKind && kb == ka:
		return compared(c, m, a, b, c.time, time.Time.Compare)
	case ka == types.DurationKind && kb == ka:
		return compared(c, m, a, b, c.duration, cmp.Compare[time.Duration])
	case ka == types.BoolKind && kb == ka:
		return compared(c, m, a, b, c.boolean, compareBools)
	case ka == types.DoubleKind && kb == ka:
		return c.doubles(x, m, a, b)
	case ka == types.IntKind && kb == types.DoubleKind:
		return c.crossed(x, m, a, b)
	case ka == types.DoubleKind && kb == types.IntKind:
		return c.crossed(x, m.turned(), b, a)
	}
	return nil, false
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compared compiles a comparison of two operands of one type.
func compared[T any](c *compiler, m mask, a, b ast.Expr, compile func(ast.Expr) (fn[T], bool), compare func(T, T) int) (fn[bool], bool) {
	left, ok := compile(a)
	if !ok {
		return nil, false
	}
	right, ok := compile(b)
	return func(e *event) (bool, *Fault) {
		l, fault := left(e)
		if fault != nil {
			return false, fault
		}
		r, fault := right(e)
		return m.holds(compare(l, r)), fault
	}, ok
}

// between compiles the comparison of an int with a constant, as a test of lying between two bounds.
func (c *compiler) between(m mask, a ast.Expr, n int64) (fn[bool], bool) {
	low, high, inside := int64(math.MinInt64), int64(math.MaxInt64), m != 5
	switch {
	case m == 1 && n == low, m == 4 && n == high:
		low, high = 1, 0
	case m == 1:
		high = n - 1
	case m == 4:
		low = n + 1
	case m == 3:
		high = n
	case m == 6:
		low = n
	default:
		low, high = n, n
	}
	if i, ok := c.plainSlot(a); ok {
		return func(e *event) (bool, *Fault) {
			v := e.Value.Slots[i].N
			return (v >= low && v <= high) == inside, nil
		}, true
	}
	f, ok := c.integer(a)
	return func(e *event) (bool, *Fault) {
		v, fault := f(e)
		return (v >= low && v <= high) == inside, fault
	}, ok
}

// doubles compiles a comparison of two doubles. NaN equals nothing, and has no order.
func (c *compiler) doubles(x ast.Expr, m mask, a, b ast.Expr) (fn[bool], bool) {
	left, ok := c.double(a)
	if !ok {
		return nil, false
	}
	right, ok := c.double(b)
	unordered := c.fault(x, "NaN has no order")
	return func(e *event) (bool, *Fault) {
		l, fault := left(e)
		if fault != nil {
			return false, fault
		}
		r, fault := right(e)
		switch {
		case fault != nil:
			return false, fault
		case l == r:
			return m&2 != 0, nil
		case m.equality():
			return m&2 == 0, nil
		case l != l || r != r:
			return false, unordered
		}
		return m.holds(cmp.Compare(l, r)), nil
	}, ok
}

// crossed compiles the order of an int and a double, which is that of cel-go: by the double next to the int.
func (c *compiler) crossed(x ast.Expr, m mask, a, b ast.Expr) (fn[bool], bool) {
	left, ok := c.integer(a)
	if !ok || m.equality() {
		return nil, false
	}
	right, ok := c.double(b)
	unordered := c.fault(x, "NaN has no order")
	return func(e *event) (bool, *Fault) {
		l, fault := left(e)
		if fault != nil {
			return false, fault
		}
		r, fault := right(e)
		switch {
		case fault != nil:
			return false, fault
		case r != r:
			return false, unordered
		}
		return m.holds(cmp.Compare(float64(l), r)), nil
	}, ok
}

// linear is up to how many texts are compared one by one, which is faster than a map.
const linear = 8

// among compiles the test whether a text is one of some constants.
func (c *compiler) among(a ast.Expr, have []string) (fn[bool], bool) {
	if len(have) <= linear {
		if i, ok := c.plainSlot(a); ok {
			return func(e *event) (bool, *Fault) { return slices.Contains(have, e.Value.Slots[i].S), nil }, true
		}
	}
	f, ok := c.text(a)
	contains := func(s string) bool { return slices.Contains(have, s) }
	if len(have) > linear {
		set := make(map[string]struct{}, len(have))
		for _, h := range have {
			set[h] = struct{}{}
		}
		contains = func(s string) bool { _, ok := set[s]; return ok }
	}
	return func(e *event) (bool, *Fault) {
		s, fault := f(e)
		return fault == nil && contains(s), fault
	}, ok
}
