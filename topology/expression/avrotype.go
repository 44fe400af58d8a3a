package expression

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// required is t without its null.
func required(t *schemas.Type) *schemas.Type {
	inner, _ := t.Optional()
	return inner
}

// mayBeNull tells whether a value of t can be null and something else.
func mayBeNull(t *schemas.Type) bool {
	if t == nil {
		return false
	}
	_, optional := t.Optional()
	return optional
}

// unreadable names the types whose values no expression can read, only test for null; it is empty for all others.
func unreadable(t *schemas.Type) string {
	switch {
	case t.Kind == schemas.Union:
		return "union"
	case t.Kind == schemas.Null:
		return "null"
	case t.Logical == schemas.Decimal, t.Logical == schemas.Duration:
		return string(t.Logical)
	}
	return ""
}

func scalarType(t *schemas.Type) *cel.Type {
	switch t.Logical {
	case schemas.Date, schemas.TimestampMillis, schemas.TimestampMicros, schemas.TimestampNanos,
		schemas.LocalTimestampMillis, schemas.LocalTimestampMicros, schemas.LocalTimestampNanos:
		return cel.TimestampType
	case schemas.TimeMillis, schemas.TimeMicros:
		return cel.DurationType
	}
	switch t.Kind {
	case schemas.Boolean:
		return cel.BoolType
	case schemas.Int, schemas.Long:
		return cel.IntType
	case schemas.Float, schemas.Double:
		return cel.DoubleType
	case schemas.Bytes, schemas.Fixed:
		return cel.BytesType
	}
	return cel.StringType
}

func fieldNames(t *schemas.Type) []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}

// branchName is the name of a union's branch: the full name of a record, enum or fixed, else its kind.
func branchName(t *schemas.Type) string {
	if t.Name != "" {
		return t.Name
	}
	return string(t.Kind)
}

// avroWords names a type as a message does.
func avroWords(t *schemas.Type) string {
	t = required(t)
	switch {
	case t.Kind == schemas.Union:
		names := make([]string, len(t.Branches))
		for i, b := range t.Branches {
			names[i] = branchName(b)
		}
		return "union of " + strings.Join(names, ", ")
	case t.Logical == schemas.Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case t.Logical == schemas.Duration, t.Kind == schemas.Null:
		return unreadable(t)
	case t.Kind == schemas.Enum, t.Kind == schemas.Record:
		return string(t.Kind) + " " + shortName(t.Name)
	case t.Kind == schemas.Array:
		return "list of " + avroWords(t.Items)
	case t.Kind == schemas.Map:
		return "map of " + avroWords(t.Items)
	}
	return celWords(scalarType(t))
}

func shortName(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

// celWords names a CEL type as a message does.
func celWords(t *cel.Type) string {
	switch t.Kind() {
	case types.ListKind:
		return "list of " + celWords(t.Parameters()[0])
	case types.MapKind:
		return "map of " + celWords(t.Parameters()[1])
	case types.TimestampKind:
		return "timestamp"
	case types.DurationKind:
		return "duration"
	case types.StructKind:
		return "record " + shortName(strings.TrimPrefix(t.TypeName(), recordPrefix))
	case types.DynKind, types.ErrorKind, types.TypeParamKind:
		return "any value"
	case types.NullTypeKind:
		return "null"
	}
	return strings.TrimPrefix(t.TypeName(), "@")
}

// typeOf describes a result: of the Avro type a where it is a field, else of the CEL type t.
func typeOf(a *schemas.Type, t *cel.Type) Type {
	if a == nil {
		return Type{Name: resultName(t)}
	}
	inner, nullable := a.Optional()
	out := Type{Nullable: nullable, Avro: inner}
	switch {
	case inner.Kind == schemas.Union:
		out.Name = "union"
		for _, b := range inner.Branches {
			out.Symbols = append(out.Symbols, branchName(b))
			out.Nullable = out.Nullable || b.Kind == schemas.Null
		}
	case unreadable(inner) != "":
		out.Name = unreadable(inner)
	case inner.Kind == schemas.Enum:
		out.Name, out.Symbols = "enum", inner.Symbols
	case inner.Kind == schemas.Record:
		out.Name = "record"
	case inner.Kind == schemas.Array:
		out.Name = "list"
	case inner.Kind == schemas.Map:
		out.Name = "map"
	case inner.Kind == schemas.Int && inner.Logical == "":
		out.Name = "int"
	default:
		out.Name = resultName(scalarType(inner))
	}
	return out
}

func resultName(t *cel.Type) string {
	switch t.Kind() {
	case types.IntKind:
		return "long"
	case types.ListKind:
		return "list"
	case types.MapKind:
		return "map"
	case types.StructKind:
		return "record"
	}
	return celWords(t)
}
