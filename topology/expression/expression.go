package expression

import (
	"slices"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

// Expression is a checked expression. It is read-only and shared by tasks.
type Expression struct {
	src     string
	want    Want
	typ     Type
	paths   []string
	headers bool
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

// Bool compiles a condition. What it returns may be called by many goroutines at once; it allocates nothing where the
// expression is of the usual kind. l must have a slot for each of Paths, else Bool panics.
//
// The event is rejected with its Row.Err where the record broke before the last field that the expression reads, even
// where && or || would not have reached that field.
func (e *Expression) Bool(l Layout) func(*stage.Event[stage.Row]) (bool, error) { return nil }

// Text compiles an expression of Want Match: it gives the string, the enum's symbol, or the name of the union's branch as
// Type().Symbols has it. A null string or enum is the error ErrNull (errors.Is). See Bool for the rest.
func (e *Expression) Text(l Layout) func(*stage.Event[stage.Row]) (string, error) { return nil }

// AppendKey compiles an expression of Want Key: it appends the bytes of the result to buf. A string and a uuid on a string
// are UTF-8, an int is 4 and a long (and every computed integer) 8 bytes big-endian, an enum its symbol, bytes and
// fixed as they are; each element of a tuple comes after its length as 4 bytes big-endian. A null is the error ErrNull.
// On an error the returned slice is buf. See Bool for the rest.
func (e *Expression) AppendKey(l Layout) func(ev *stage.Event[stage.Row], buf []byte) ([]byte, error) {
	return nil
}

// Check parses src and checks it against env. It reports every mistake that it finds, sorted by place; where there is none the Expression
// is ready to compile. Check never panics.
func Check(src string, env Env, want Want) (*Expression, []Problem) { return nil, nil }
