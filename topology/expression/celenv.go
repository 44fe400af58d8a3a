package expression

import (
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/containers"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/anabranch-go/anabranch/schemas"
)

// Limits of one expression.
const (
	MaxSourceBytes = 16 << 10
	MaxDepth       = 60        // of nested brackets and operators
	MaxCost        = 5_000_000 // in cel-go's units, as estimated and as run
	sizeEstimate   = 50        // elements or bytes of whatever has no size of its own: three loops in one another pass, and a fourth does not
)

// Names that only lowered expressions have: @ keeps them out of what a user can write.
const (
	isNull    = "@null"     // is the argument null?
	isNotNull = "@not_null" // is the argument not null?
	some      = "@some"     // the argument, which must not be null
	headerOf  = "@header"   // the header of an event, or null
	eventName = "@event"
	badName   = "@bad" // stands for what has been reported already, so that it is reported once
)

// base is the part of the environment that all streams share.
type base struct {
	env    *cel.Env
	checks *checker.Env
	err    error
}

// shared is made once since it takes about a millisecond; it is read-only.
var shared = sync.OnceValue(func() *base {
	b := &base{}
	b.env, b.err = cel.NewEnv(
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.EnableMacroCallTracking(),
		cel.ParserRecursionLimit(MaxDepth),
		cel.ParserExpressionSizeLimit(MaxSourceBytes),
		cel.Function("header", cel.Overload("header_string", []*cel.Type{cel.StringType}, cel.StringType)),
		cel.Function(headerOf, cel.Overload("header_of_event", []*cel.Type{cel.DynType, cel.StringType}, cel.StringType,
			cel.BinaryBinding(headerValue))),
		cel.Function(isNull, cel.Overload("is_null", []*cel.Type{cel.DynType}, cel.BoolType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.Bool(v == types.NullValue) }))),
		cel.Function(isNotNull, cel.Overload("is_not_null", []*cel.Type{cel.DynType}, cel.BoolType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.Bool(v != types.NullValue) }))),
		cel.Function(some, cel.Overload("is_some", []*cel.Type{cel.TypeParamType("T")}, cel.TypeParamType("T"),
			cel.UnaryBinding(mustBe))),
		cel.Variable("timestamp", cel.TimestampType),
		cel.Variable(eventName, cel.DynType),
		cel.Variable(badName, cel.DynType),
	)
	if b.err != nil {
		return b
	}
	b.checks, b.err = checker.NewEnv(containers.DefaultContainer, b.env.CELTypeProvider(), checker.CrossTypeNumericComparisons(true))
	for name, f := range b.env.Functions() {
		if b.err == nil && name != "dyn" && name != "type" {
			b.err = b.checks.AddFunctions(f)
		}
	}
	return b
})

// mustBe is the function @some.
func mustBe(v ref.Val) ref.Val {
	if v == types.NullValue {
		return types.WrapErr(ErrNull)
	}
	if r, ok := v.(*record); ok && r.decoded == nil {
		sure := *r
		sure.sure = true
		return &sure
	}
	return v
}

// scope is what is made of an Env: the environments of cel-go and of its checker, and the names of functions. It is read-only.
type scope struct {
	env       *cel.Env
	checks    *checker.Env
	functions map[string]bool
	err       error
}

func newScope(e Env) *scope {
	s := &scope{}
	if s.env, s.checks, s.err = forStream(e); s.err == nil {
		s.functions = functionNames(s.env)
	}
	return s
}

// forStream is the environment of one stream: the shared one with the types of value and key.
func forStream(e Env) (*cel.Env, *checker.Env, error) {
	b := shared()
	if b.err != nil {
		return nil, nil, b.err
	}
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, nil, err
	}
	provider := &provider{Registry: registry, records: map[string]*schemas.Type{}}
	opts := []cel.EnvOption{cel.CustomTypeAdapter(registry), cel.CustomTypeProvider(provider), cel.Variable("key", keyType(e.Key))}
	if e.Value != nil {
		opts = append(opts, cel.Variable("value", provider.celType(e.Value)))
	}
	env, err := b.env.Extend(opts...)
	if err != nil {
		return nil, nil, err
	}
	checks, err := checker.NewEnv(containers.DefaultContainer, provider,
		checker.CrossTypeNumericComparisons(true), checker.ValidatedDeclarations(b.checks))
	if err != nil {
		return nil, nil, err
	}
	return env, checks, checks.AddIdents(env.Variables()...)
}

func keyType(f KeyFormat) *cel.Type {
	if f == KeyBytes {
		return cel.BytesType
	}
	return cel.StringType
}

// provider gives cel-go the records of an Avro schema as struct types.
type provider struct {
	*types.Registry
	records map[string]*schemas.Type // by their CEL name
}

// recordPrefix keeps records apart from everything that an expression can name.
const recordPrefix = "@record:"

// celType is the CEL type of a value of t that is not null. It notes the records in t.
func (p *provider) celType(t *schemas.Type) *cel.Type {
	t = required(t)
	if unreadable(t) != "" {
		return cel.OpaqueType("@" + unreadable(t))
	}
	switch t.Kind {
	case schemas.Record:
		name := recordPrefix + t.Name
		if _, known := p.records[name]; !known {
			p.records[name] = t
			for _, f := range t.Fields {
				p.celType(f.Type)
			}
		}
		return cel.ObjectType(name)
	case schemas.Array:
		return cel.ListType(p.celType(t.Items))
	case schemas.Map:
		return cel.MapType(cel.StringType, p.celType(t.Items))
	}
	return scalarType(t)
}

// FindStructType knows the records of the schema.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.records[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames gives the fields of a record.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	t, ok := p.records[name]
	if !ok {
		return p.Registry.FindStructFieldNames(name)
	}
	return fieldNames(t), true
}

// FindStructFieldType gives the type of a field, and how it is read at run time.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	t, ok := p.records[name]
	if !ok {
		return p.Registry.FindStructFieldType(name, field)
	}
	f := t.Field(field)
	if f == nil {
		return nil, false
	}
	return &types.FieldType{
		Type:    p.celType(f.Type),
		IsSet:   func(any) bool { return true },
		GetFrom: func(from any) (any, error) { return fieldOf(from, field), nil },
	}, true
}
