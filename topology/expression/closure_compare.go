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

const (
	less           mask = 1
	equal          mask = 2
	lessOrEqual    mask = 3
	greater        mask = 4
	notEqual       mask = 5
	greaterOrEqual mask = 6
)

var masks = map[string]mask{
	operators.Less: less, operators.Equals: equal, operators.LessEquals: lessOrEqual,
	operators.Greater: greater, operators.NotEquals: notEqual, operators.GreaterEquals: greaterOrEqual,
}

// holds tells whether the outcome of cmp.Compare makes the comparison true.
func (m mask) holds(outcome int) bool { return m>>(outcome+1)&1 != 0 }

// turned is the mask with the operands changed about.
func (m mask) turned() mask { return m&2 | m<<2&4 | m>>2 }

func (c *compiler) comparison(m mask, a, b ast.Expr) (fn[bool], bool) {
	if a.Kind() == ast.LiteralKind && b.Kind() != ast.LiteralKind {
		return c.comparison(m.turned(), b, a)
	}
	switch ka, kb := c.kind(a), c.kind(b); {
	case ka == types.IntKind && isLiteral(b, types.IntType):
		return c.between(m, a, b.AsLiteral().Value().(int64))
	case ka == types.StringKind && kb == ka && m == equal && b.Kind() == ast.LiteralKind:
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
		return c.doubles(m, a, b)
	case ka == types.IntKind && kb == types.DoubleKind:
		return c.crossed(m, a, b)
	case ka == types.DoubleKind && kb == types.IntKind:
		return c.crossed(m.turned(), b, a)
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
	low, high, inside := int64(math.MinInt64), int64(math.MaxInt64), m != notEqual
	switch {
	case m == less && n == low, m == greater && n == high:
		low, high = 1, 0
	case m == less:
		high = n - 1
	case m == greater:
		low = n + 1
	case m == lessOrEqual:
		high = n
	case m == greaterOrEqual:
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

// compareDoubles says how m turns out for two doubles; NaN is unequal to everything and neither less nor greater.
func (m mask) compareDoubles(a, b float64) bool {
	if a != a || b != b {
		return m == notEqual
	}
	return m.holds(cmp.Compare(a, b))
}

// doubles compiles a comparison of two doubles.
func (c *compiler) doubles(m mask, a, b ast.Expr) (fn[bool], bool) {
	left, ok := c.double(a)
	if !ok {
		return nil, false
	}
	right, ok := c.double(b)
	return func(e *event) (bool, *Fault) {
		l, fault := left(e)
		if fault != nil {
			return false, fault
		}
		r, fault := right(e)
		return m.compareDoubles(l, r), fault
	}, ok
}

// crossed compiles the order of an int and a double, which is that of cel-go: by the double next to the int.
func (c *compiler) crossed(m mask, a, b ast.Expr) (fn[bool], bool) {
	left, ok := c.integer(a)
	if !ok {
		return nil, false
	}
	right, ok := c.double(b)
	return func(e *event) (bool, *Fault) {
		l, fault := left(e)
		if fault != nil {
			return false, fault
		}
		r, fault := right(e)
		return m.compareDoubles(float64(l), r), fault
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
