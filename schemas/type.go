package schemas

import "slices"

// Type is one Avro type with all names resolved. A recursive schema makes a cycle of Types.
type Type struct {
	Kind      Kind
	Name      string   // full name of a record, enum or fixed
	Aliases   []string // of a record, enum or fixed: full names that writers may have for it
	Doc       string
	Logical   Logical
	Precision int      // of a decimal
	Scale     int      // of a decimal
	Size      int      // of a fixed, in bytes
	Fields    []*Field // of a record, in the order of the file
	Symbols   []string // of an enum
	Default   string   // of an enum: the symbol that stands in for those it does not have; empty where there is none
	Items     *Type    // of an array; of a map, its values
	Branches  []*Type  // of a union

	code  code
	least int // the least number of bytes that a value takes; 0 where no value takes any
}

// Field is one field of a record.
type Field struct {
	Name       string
	Doc        string
	Aliases    []string
	Type       *Type
	HasDefault bool
	Default    any // as encoding/json gives it

	fallback *jsonValue // Default as it was written
	fill     []byte     // Default as Avro bytes
	filling  bool       // while fill is being made
}

// Kind is the kind of a Type, named as in the Avro specification.
type Kind string

// The kinds of the Avro specification.
const (
	Null    Kind = "null"
	Boolean Kind = "boolean"
	Int     Kind = "int"
	Long    Kind = "long"
	Float   Kind = "float"
	Double  Kind = "double"
	Bytes   Kind = "bytes"
	String  Kind = "string"
	Record  Kind = "record"
	Enum    Kind = "enum"
	Array   Kind = "array"
	Map     Kind = "map"
	Union   Kind = "union"
	Fixed   Kind = "fixed"
)

// Logical is a logical type; empty where a type has none or one that is not known, which the specification ignores.
type Logical string

// The logical types that are known.
const (
	Decimal              Logical = "decimal"
	UUID                 Logical = "uuid"
	Date                 Logical = "date"
	TimeMillis           Logical = "time-millis"
	TimeMicros           Logical = "time-micros"
	TimestampMillis      Logical = "timestamp-millis"
	TimestampMicros      Logical = "timestamp-micros"
	TimestampNanos       Logical = "timestamp-nanos"
	LocalTimestampMillis Logical = "local-timestamp-millis"
	LocalTimestampMicros Logical = "local-timestamp-micros"
	LocalTimestampNanos  Logical = "local-timestamp-nanos"
	Duration             Logical = "duration"
)

// Optional gives the T of a union of null and T, in either order, and true; of any other type the type itself and false.
func (t *Type) Optional() (*Type, bool) {
	if t.Kind != Union || len(t.Branches) != 2 {
		return t, false
	}
	switch Null {
	case t.Branches[0].Kind:
		return t.Branches[1], true
	case t.Branches[1].Kind:
		return t.Branches[0], true
	}
	return t, false
}

// optional is the branch of an optional type that is not null; -1 where t is another type.
func (t *Type) optional() int {
	branch, ok := t.Optional()
	if !ok {
		return -1
	}
	return slices.Index(t.Branches, branch)
}

// Field gives the field of a record by name; nil where it has none of that name.
func (t *Type) Field(name string) *Field {
	for _, f := range t.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}
