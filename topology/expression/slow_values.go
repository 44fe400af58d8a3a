package expression

import (
	"encoding/hex"
	"math"
	"reflect"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

// activation gives cel-go the parts of one event.
type activation struct {
	compiler *compiler
	event    *event
	decoded  map[int]ref.Val // by slot: an array or a map is decoded once, however often a loop comes to it
}

// Parent is none.
func (a *activation) Parent() cel.Activation { return nil }

// ResolveName gives value, key, timestamp and the event itself.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "value":
		return a.field("", a.compiler.e.env.Value, false), true
	case "key":
		if a.event.Key == nil {
			return types.NullValue, true
		}
		if a.compiler.e.env.Key == KeyBytes {
			return types.Bytes(a.event.Key), true
		}
		return types.String(a.event.Key), true
	case "timestamp":
		return types.Timestamp{Time: a.event.Time.UTC()}, true
	case eventName:
		return &record{activation: a}, true
	}
	return nil, false
}

// headerValue is the function @header(@event, name).
func headerValue(event, name ref.Val) ref.Val {
	value, ok := event.(*record).activation.event.Header(string(name.(types.String)))
	if !ok || value == nil {
		return types.NullValue
	}
	return types.String(value)
}

// record is an Avro record as cel-go sees it: the fields of value in their slots, or one that was decoded whole.
type record struct {
	activation *activation
	path       string
	typ        *schemas.Type
	sure       bool               // it was found not to be null, so that a null field in it is a mistake unless it may be null
	decoded    map[string]ref.Val // nil for one in slots
}

// field gives the part of value at path, of type t. Slots that only other expressions need may not be filled, so that
// they are left alone.
func (a *activation) field(path string, t *schemas.Type, sure bool) ref.Val {
	i := -1
	if a.compiler.e.reads(path) {
		i = a.compiler.slot(path)
	}
	if i < 0 {
		return &record{activation: a, path: path, typ: required(t), sure: sure}
	}
	slot := a.event.Value.Slots[i]
	switch {
	case slot.Null && sure && !nullable(t):
		return types.WrapErr(ErrNull)
	case slot.Null:
		return types.NullValue
	case required(t).Kind == schemas.Record:
		return &record{activation: a, path: path, typ: required(t), sure: sure}
	case required(t).Kind == schemas.Array, required(t).Kind == schemas.Map:
		return a.decode(i, required(t), slot)
	}
	return slotValue(required(t), slot)
}

func (a *activation) decode(i int, t *schemas.Type, slot stage.Slot) ref.Val {
	v, known := a.decoded[i]
	if !known {
		v = slotValue(t, slot)
		if a.decoded == nil {
			a.decoded = map[int]ref.Val{}
		}
		a.decoded[i] = v
	}
	return v
}

// fieldOf gives a field of what cel-go holds as a record; null where it holds null instead.
func fieldOf(from any, name string) any {
	r, ok := from.(*record)
	switch {
	case !ok:
		return types.NullValue
	case r.decoded != nil:
		return r.decoded[name]
	}
	path := name
	if r.path != "" {
		path = r.path + "." + name
	}
	return r.activation.field(path, r.typ.Field(name).Type, r.sure)
}

// slotValue is what a slot of type t holds, as a CEL value.
func slotValue(t *schemas.Type, s stage.Slot) ref.Val {
	if unreadable(t) != "" {
		return &opaque{func() (any, error) { return goValue(t, s) }}
	}
	switch scalarType(t) {
	case cel.TimestampType:
		return types.Timestamp{Time: timeOf(t)(s.N, "")}
	case cel.DurationType:
		return types.Duration{Duration: microseconds(s.N, "")}
	}
	switch t.Kind {
	case schemas.Boolean:
		return types.Bool(s.N != 0)
	case schemas.Int, schemas.Long:
		return types.Int(s.N)
	case schemas.Float, schemas.Double:
		return types.Double(math.Float64frombits(uint64(s.N)))
	case schemas.Bytes, schemas.Fixed:
		return types.Bytes(s.S)
	case schemas.Array, schemas.Map, schemas.Record:
		v, err := schemas.DecodeAny(t, s.S)
		if err != nil {
			return types.WrapErr(err)
		}
		return celValue(t, v)
	}
	return types.String(s.S)
}

// celValue turns what schemas.DecodeAny gives for a t into a CEL value.
func celValue(t *schemas.Type, v any) ref.Val {
	if v == nil {
		return types.NullValue
	}
	t = required(t)
	switch v := v.(type) {
	case []any:
		list := make([]ref.Val, len(v))
		for i, element := range v {
			list[i] = celValue(t.Items, element)
		}
		return types.NewRefValList(types.DefaultTypeAdapter, list)
	case map[string]any:
		if t.Kind == schemas.Record {
			r := &record{typ: t, decoded: make(map[string]ref.Val, len(v))}
			for _, f := range t.Fields {
				r.decoded[f.Name] = celValue(f.Type, v[f.Name])
			}
			return r
		}
		m := make(map[ref.Val]ref.Val, len(v))
		for key, value := range v {
			m[types.String(key)] = celValue(t.Items, value)
		}
		return types.NewRefValMap(types.DefaultTypeAdapter, m)
	case time.Time:
		return types.Timestamp{Time: time.UnixMicro(v.UnixMicro()).UTC()}
	}
	if unreadable(t) != "" {
		return &opaque{func() (any, error) { return v, nil }}
	}
	if text, ok := v.(string); ok && t.Kind == schemas.Fixed {
		raw, _ := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
		return types.Bytes(raw)
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// ConvertToNative is not needed: records stay inside an expression.
func (r *record) ConvertToNative(reflect.Type) (any, error) { return r, nil }

// ConvertToType is not needed: records stay inside an expression.
func (r *record) ConvertToType(ref.Type) ref.Val { return types.NewErr("a record has no other type") }

// Equal is not needed: Check refuses to compare records.
func (r *record) Equal(ref.Val) ref.Val { return types.NewErr("records cannot be compared") }

// Type is the record's type, or that of the event.
func (r *record) Type() ref.Type {
	if r.typ == nil {
		return types.DynType
	}
	return types.NewObjectType(recordPrefix + r.typ.Name)
}

// Value is the record itself, which is what fieldOf takes.
func (r *record) Value() any { return r }
