package expression

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// in compiles x in list and key in map.
func (c *compiler) in(x, list ast.Expr) (fn[bool], bool) {
	switch {
	case list.Kind() == ast.ListKind:
		return c.inConstants(x, list.AsList().Elements())
	case c.kind(list) == types.MapKind:
		key, ok := c.text(x)
		if !ok {
			return nil, false
		}
		return c.hasKey(list, key)
	}
	elements, encoded, ok := c.elements(list)
	if !ok {
		return nil, false
	}
	broken := c.fault(list, "broken bytes")
	switch item := required(required(c.e.avro[unwrap(list).ID()]).Items); {
	case c.kind(x) == types.StringKind:
		return inArray(c.text, x, elements, encoded, broken, func(_ int64, s string) string { return s })
	case c.kind(x) == types.IntKind && item.Logical == "":
		return inArray(c.integer, x, elements, encoded, broken, func(n int64, _ string) int64 { return n })
	case c.kind(x) == types.DoubleKind:
		return inArray(c.double, x, elements, encoded, broken, func(n int64, _ string) float64 { return math.Float64frombits(uint64(n)) })
	}
	return nil, false
}

// inConstants compiles x in [a, b] where a and b are literals.
func (c *compiler) inConstants(x ast.Expr, elements []ast.Expr) (fn[bool], bool) {
	var texts []string
	var numbers []int64
	for _, element := range elements {
		switch {
		case isLiteral(element, types.StringType):
			texts = append(texts, constant(element))
		case isLiteral(element, types.IntType):
			numbers = append(numbers, element.AsLiteral().Value().(int64))
		default:
			return nil, false
		}
	}
	switch {
	case len(elements) > 0 && len(texts) == len(elements):
		return c.among(x, texts)
	case len(elements) == 0 || len(numbers) != len(elements):
		return nil, false
	}
	slices.Sort(numbers)
	f, ok := c.integer(x)
	return func(e *event) (bool, *Fault) {
		n, fault := f(e)
		if fault != nil {
			return false, fault
		}
		_, found := slices.BinarySearch(numbers, n)
		return found, nil
	}, ok
}

// inArray compiles the search for x through an array. A null in it equals nothing.
func inArray[T comparable](
	compile func(ast.Expr) (fn[T], bool), x ast.Expr, elements *schemas.Elements, encoded fn[string], broken *Fault, get func(int64, string) T,
) (fn[bool], bool) {
	f, ok := compile(x)
	return func(e *event) (bool, *Fault) {
		want, fault := f(e)
		if fault != nil {
			return false, fault
		}
		bytes, fault := encoded(e)
		if fault != nil {
			return false, fault
		}
		it := elements.Iterate(bytes)
		for it.Next() {
			if !it.Slot.Null && get(it.Slot.N, it.Slot.S) == want {
				return true, nil
			}
		}
		if it.Err != nil {
			return false, broken
		}
		return false, nil
	}, ok
}

// hasKey compiles the test whether a map has a key.
func (c *compiler) hasKey(m ast.Expr, key fn[string]) (fn[bool], bool) {
	elements, encoded, ok := c.elements(m)
	if !ok || c.kind(m) != types.MapKind {
		return nil, false
	}
	broken := c.fault(m, "broken bytes")
	return func(e *event) (bool, *Fault) {
		k, fault := key(e)
		if fault != nil {
			return false, fault
		}
		bytes, fault := encoded(e)
		if fault != nil {
			return false, fault
		}
		_, found, err := elements.Find(bytes, k)
		if err != nil {
			return false, broken
		}
		return found, nil
	}, true
}

// textTest compiles contains, startsWith, endsWith, and matches with a constant pattern.
func (c *compiler) textTest(call ast.CallExpr) (fn[bool], bool) {
	operands := call.Args()
	if call.IsMemberFunction() {
		operands = append([]ast.Expr{call.Target()}, operands...)
	}
	if len(operands) != 2 {
		return nil, false
	}
	subject, ok := c.text(operands[0])
	if !ok {
		return nil, false
	}
	var test func(s, part string) bool
	switch call.FunctionName() {
	case "contains":
		test = strings.Contains
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	default:
		if !isLiteral(operands[1], types.StringType) {
			return nil, false
		}
		pattern, err := regexp.Compile(constant(operands[1]))
		if err != nil {
			return nil, false
		}
		return func(e *event) (bool, *Fault) {
			s, fault := subject(e)
			return fault == nil && pattern.MatchString(s), fault
		}, true
	}
	part, ok := c.text(operands[1])
	return func(e *event) (bool, *Fault) {
		s, fault := subject(e)
		if fault != nil {
			return false, fault
		}
		p, fault := part(e)
		return fault == nil && test(s, p), fault
	}, ok
}
