package expression

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// native is the Go value of a CEL value.
func (a *activation) native(v ref.Val) (any, error) {
	switch v := v.(type) {
	case types.Null:
		return nil, nil
	case types.String:
		return string([]byte(v)), nil
	case types.Bytes:
		return append([]byte{}, v...), nil
	case types.Timestamp:
		return v.Time.UTC(), nil
	case types.Duration:
		return v.Duration, nil
	case *opaque:
		return v.decode()
	case *record:
		return a.nativeRecord(v)
	case traits.Mapper:
		out := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			value, err := a.native(v.Get(key))
			if err != nil {
				return nil, err
			}
			out[fmt.Sprint(key.Value())] = value
		}
		return out, nil
	case traits.Lister:
		out := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			value, err := a.native(it.Next())
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
		return out, nil
	}
	return v.Value(), nil
}

// nativeRecord is a record with all its fields; one of which only some are known is read whole where it has a slot.
func (a *activation) nativeRecord(r *record) (any, error) {
	if r.decoded == nil {
		if !a.compiler.e.reads(r.path) {
			return nil, fmt.Errorf("record %s is not read as a whole", r.path)
		}
		return goValue(r.typ, a.event.Value.Slots[a.compiler.slot(r.path)])
	}
	out := make(map[string]any, len(r.decoded))
	for name, field := range r.decoded {
		value, err := a.native(field)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

// opaque is what cel-go cannot read, and only hand through: a decimal, a duration, or a value of a union of several types.
type opaque struct{ decode func() (any, error) }

// ConvertToNative is not needed: Check refuses to read what is opaque.
func (o *opaque) ConvertToNative(reflect.Type) (any, error) { return o, nil }

// ConvertToType is not needed.
func (o *opaque) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("an opaque value has no other type")
}

// Equal is not needed.
func (o *opaque) Equal(ref.Val) ref.Val { return types.NewErr("opaque values cannot be compared") }

// Type is not known to cel-go.
func (o *opaque) Type() ref.Type { return types.DynType }

// Value is the value itself.
func (o *opaque) Value() any { return o }
