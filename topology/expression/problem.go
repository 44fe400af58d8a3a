package expression

// Problem is one mistake in an expression.
type Problem struct {
	// Offset and End say where it is, in bytes of the source. End is after Offset; only at the end of the source it may
	// equal it.
	Offset, End int
	Code        Code
	What        string // what is wrong
	Fix         string // what would be right; empty where What says it all
}

// String gives What and Fix as one sentence.
func (p Problem) String() string {
	if p.Fix == "" {
		return p.What
	}
	return p.What + "; " + p.Fix
}

// Code is the kind of a Problem.
type Code string

// The kinds of problems.
const (
	Syntax       Code = "syntax"        // the text is not an expression
	Unclosed     Code = "unclosed"      // the text ends within quotes or brackets
	UnknownName  Code = "unknown-name"  // a name that is not value, key, timestamp or header
	UnknownField Code = "unknown-field" // a record has no such field
	UnknownFunc  Code = "unknown-func"  // no such function
	Types        Code = "types"         // an operator or a function does not take these types
	Nullable     Code = "nullable"      // what may be null is used without a guard
	Symbol       Code = "symbol"        // an enum has no such symbol
	Literal      Code = "literal"       // a regular expression, time or duration that cannot be parsed
	Unreadable   Code = "unreadable"    // a decimal or a union of several types is read
	Result       Code = "result"        // the result has the wrong type for its place
	Absent       Code = "absent"        // a warning: a map may not have a key
	Limit        Code = "limit"         // the expression is too long, too deep or too costly
)
