package expression

import (
	"encoding/binary"
	"math"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

// Value compiles an expression of Want Any: it gives the result as a Go value. A part of the event is what schemas.DecodeAny
// makes of it, times to the microsecond; what is computed is nil, bool, int64, float64, string, []byte, time.Time in UTC,
// time.Duration, []any or map[string]any. Nothing in it is a view. It allocates. See Bool for the rest.
func (e *Expression) Value(l Layout) func(*stage.Event[stage.Row]) (any, error) {
	e.mustBe(Any, "Value")
	c := e.compiler(l)
	root := e.ast.Expr()
	f, ok := c.field(root)
	if !ok {
		f = c.slowValue()
	}
	need := c.need()
	return func(ev *event) (any, error) {
		if ev.Value.Filled < need {
			return nil, cut(ev)
		}
		v, fault := f(ev)
		if fault != nil {
			return nil, fault
		}
		return v, nil
	}
}

func (c *compiler) slowValue() fn[any] {
	return func(e *event) (any, *Fault) {
		a := &activation{compiler: c, event: e}
		v, _, err := c.e.program.Eval(a)
		if err == nil {
			var value any
			if value, err = a.native(v); err == nil {
				return value, nil
			}
		}
		return nil, c.slowFault(err)
	}
}

// field compiles a field of value as it is; false where x is something else.
func (c *compiler) field(x ast.Expr) (fn[any], bool) {
	path, ok := pathOf(x)
	if !ok || !c.e.reads(path) {
		return nil, false
	}
	i, t := c.slot(path), c.e.fieldAt(path)
	broken, null := c.fault(x, "broken bytes"), c.nullFault(x)
	needed := unwrap(x) != x
	return func(e *event) (any, *Fault) {
		if needed && e.Value.Slots[i].Null {
			return nil, null
		}
		v, err := goValue(t, e.Value.Slots[i])
		if err != nil {
			return nil, broken
		}
		return v, nil
	}, true
}

// goValue is what a slot of type t holds, as schemas.DecodeAny would give it.
func goValue(t *schemas.Type, s stage.Slot) (any, error) {
	if s.Null {
		return nil, nil
	}
	t = required(t)
	switch scalarType(t) {
	case cel.TimestampType:
		return timeOf(t)(s.N, ""), nil
	case cel.DurationType:
		return microseconds(s.N, ""), nil
	}
	switch t.Kind {
	case schemas.Boolean:
		return s.N != 0, nil
	case schemas.Int, schemas.Long:
		return s.N, nil
	case schemas.Float, schemas.Double:
		return math.Float64frombits(uint64(s.N)), nil
	case schemas.Bytes, schemas.String:
		encoded := binary.AppendVarint(make([]byte, 0, len(s.S)+binary.MaxVarintLen32), int64(len(s.S)))
		return schemas.DecodeAny(t, string(append(encoded, s.S...)))
	case schemas.Enum:
		return string([]byte(s.S)), nil
	case schemas.Union:
		return schemas.DecodeAny(t.Branches[s.N], s.S)
	}
	return schemas.DecodeAny(t, s.S)
}
