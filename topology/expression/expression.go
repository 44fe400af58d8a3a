package expression

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"

	"github.com/anabranch-go/anabranch/schemas"
)

// Expression is a checked expression. It is read-only and shared by tasks.
type Expression struct {
	src      string
	want     Want
	env      Env
	celEnv   *cel.Env
	ast      *ast.AST                // lowered and checked
	avro     map[int64]*schemas.Type // of the nodes that are parts of the event
	typ      Type
	paths    []string
	headers  bool
	warnings []Problem
	texts    texts
	program  cel.Program // nil where closures do it all
}

// Layout says in which slot of a stage.Row the field at a path is; -1 where it has none. schemas.Projection is one.
type Layout interface {
	Slot(path string) int
}

// Source is the text of the expression.
func (e *Expression) Source() string { return e.src }

// Paths are the fields of value that the expression reads, sorted, in the form that schemas.NewProjection takes.
func (e *Expression) Paths() []string { return slices.Clone(e.paths) }

// Headers tells whether the expression reads headers.
func (e *Expression) Headers() bool { return e.headers }

// Type is the type of the result.
func (e *Expression) Type() Type { return e.typ }

// Type is the type of an expression's result.
type Type struct {
	// Name is the type in plain words: bool, int, long, double, string, bytes, timestamp, duration, enum, union, list, map,
	// record or tuple. It is long for a computed integer.
	Name string
	// Nullable tells whether the result may be null.
	Nullable bool
	// Symbols of an enum, or branch names of a union ("null" included where it has it): all that Text can give.
	Symbols []string
	// Avro is the Avro type where the result is a field just as it is; nil where it is computed. It is without its null.
	Avro *schemas.Type
	// Elements of a tuple.
	Elements []Type
}

// Fast tells whether the expression runs as closures that allocate nothing, and not on cel-go.
func (e *Expression) Fast() bool { return e.program == nil }
