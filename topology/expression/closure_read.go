package expression

import (
	"fmt"
	"unsafe"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

// read compiles what stands in a slot: a field of value, or an element of one of its arrays and maps. get takes what
// it needs of the slot by value, since a pointer would make every slot escape.
func read[T any](c *compiler, x ast.Expr, kind types.Kind, get func(n int64, s string) T) (fn[T], bool) {
	if c.kind(x) != kind {
		return nil, false
	}
	if path, ok := pathOf(x); ok {
		i := c.slot(path)
		if !c.e.pathMayBeNull(path) {
			return func(e *event) (T, *Fault) {
				s := &e.Value.Slots[i]
				return get(s.N, s.S), nil
			}, true
		}
		null := c.nullFault(x)
		return func(e *event) (T, *Fault) {
			s := &e.Value.Slots[i]
			if s.Null {
				var none T
				return none, null
			}
			return get(s.N, s.S), nil
		}, true
	}
	element, ok := c.element(unwrap(x))
	if !ok {
		return nil, false
	}
	null := c.nullFault(x)
	return func(e *event) (T, *Fault) {
		s, fault := element(e)
		if fault == nil && s.Null {
			fault = null
		}
		if fault != nil {
			var none T
			return none, fault
		}
		return get(s.N, s.S), nil
	}, true
}

// element compiles m["k"] and a[1] where m or a is a field.
func (c *compiler) element(x ast.Expr) (fn[stage.Slot], bool) {
	if !isCall(x, operators.Index) {
		return nil, false
	}
	args := x.AsCall().Args()
	elements, encoded, ok := c.elements(args[0])
	if !ok {
		return nil, false
	}
	broken := c.fault(x, "broken bytes")
	if c.kind(args[0]) == types.ListKind {
		index, ok := c.integer(args[1])
		beyond := c.fault(x, "index out of range")
		return func(e *event) (stage.Slot, *Fault) {
			bytes, fault := encoded(e)
			if fault != nil {
				return stage.Slot{}, fault
			}
			n, fault := index(e)
			if fault != nil {
				return stage.Slot{}, fault
			}
			return at(elements, bytes, n, beyond, broken)
		}, ok
	}
	key, ok := c.text(args[1])
	missing := c.fault(x, missingKey(args[1]))
	missing.Source = c.e.texts.of(args[0])
	return func(e *event) (stage.Slot, *Fault) {
		bytes, fault := encoded(e)
		if fault != nil {
			return stage.Slot{}, fault
		}
		k, fault := key(e)
		if fault != nil {
			return stage.Slot{}, fault
		}
		s, found, err := elements.Find(bytes, k)
		switch {
		case err != nil:
			return stage.Slot{}, broken
		case !found:
			return stage.Slot{}, missing
		}
		return s, nil
	}, ok
}

func missingKey(key ast.Expr) string {
	if isLiteral(key, types.StringType) {
		return fmt.Sprintf("no key %q", literalString(key))
	}
	return "no such key"
}

// at finds element n of an array.
func at(elements *schemas.Elements, encoded string, n int64, beyond, broken *Fault) (stage.Slot, *Fault) {
	it := elements.Iterate(encoded)
	for ; it.Next(); n-- {
		if n == 0 {
			return it.Slot, nil
		}
	}
	if it.Err != nil {
		return stage.Slot{}, broken
	}
	return stage.Slot{}, beyond
}

// elements compiles the Avro bytes of a field that is an array or a map, with a reader of what is in them.
func (c *compiler) elements(x ast.Expr) (*schemas.Elements, fn[string], bool) {
	path, ok := pathOf(x)
	if !ok {
		return nil, nil, false
	}
	t := required(c.e.fieldAt(path))
	if t.Kind != schemas.Array && t.Kind != schemas.Map {
		return nil, nil, false
	}
	elements, err := schemas.NewElements(t)
	if err != nil {
		return nil, nil, false
	}
	encoded, ok := read(c, x, c.kind(x), func(_ int64, s string) string { return s })
	return elements, encoded, ok
}

// text compiles a string or bytes; both are Go strings here.
func (c *compiler) text(x ast.Expr) (fn[string], bool) {
	kind := c.kind(x)
	if kind != types.StringKind && kind != types.BytesKind {
		return nil, false
	}
	switch inner := unwrap(x); {
	case x.Kind() == ast.LiteralKind:
		return always(constant(x)), true
	case inner.Kind() == ast.IdentKind && inner.AsIdent() == "key":
		null := c.nullFault(x)
		return func(e *event) (string, *Fault) {
			if e.Key == nil {
				return "", null
			}
			return view(e.Key), nil
		}, true
	case isCall(inner, headerOf):
		name, null := literalString(inner.AsCall().Args()[1]), c.nullFault(x)
		return func(e *event) (string, *Fault) {
			value, ok := e.Header(name)
			if !ok || value == nil {
				return "", null
			}
			return view(value), nil
		}, true
	case isCall(x, operators.Conditional):
		return conditional(c, x.AsCall().Args(), c.text)
	}
	return read(c, x, kind, func(_ int64, s string) string { return s })
}

// constant is the text of a literal string or bytes.
func constant(x ast.Expr) string {
	if b, ok := x.AsLiteral().Value().([]byte); ok {
		return string(b)
	}
	return literalString(x)
}

// view is b as a string without a copy; it lives as long as the event.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
