package expression

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// rules applies what cel-go's checker does not know: enums, records, mixed lists, and literals that cannot be parsed.
func (c *checking) rules() {
	root := c.checked.Expr()
	known := constants{}
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch {
		case e.Kind() == ast.ListKind && !(c.want == Key && e.ID() == root.ID()):
			c.mixed(e)
		case e.Kind() == ast.SelectKind:
			c.hidden(e)
		case e.Kind() != ast.CallKind:
		case slices.Contains([]string{operators.Equals, operators.NotEquals}, e.AsCall().FunctionName()):
			args := e.AsCall().Args()
			c.symbol(args[0], args[1])
			c.symbol(args[1], args[0])
			c.record(e, args[0])
		case e.AsCall().FunctionName() == operators.In:
			c.in(e)
		default:
			c.fold(known, e)
			c.literals(e)
			c.order(e)
		}
	}))
}

// enum gives the enum that e is read from, nil where it is none.
func (c *checking) enum(e ast.Expr) *schemas.Type {
	t := c.lowering.avro[e.ID()]
	if t == nil || required(t).Kind != schemas.Enum {
		return nil
	}
	return required(t)
}

// symbol checks that the text b, which is compared with a, is a symbol where a is an enum.
func (c *checking) symbol(a, b ast.Expr) {
	if enum := c.enum(a); enum != nil {
		c.symbolOf(enum, b)
	}
}

// symbolOf checks that the text b is a symbol of t, where that is an enum.
func (c *checking) symbolOf(t *schemas.Type, b ast.Expr) {
	if t.Kind != schemas.Enum || !isLiteral(b, types.StringType) || slices.Contains(t.Symbols, literalString(b)) {
		return
	}
	text := literalString(b)
	c.reject(b, Symbol, fmt.Sprintf("enum %s has no symbol %q", shortName(t.Name), text), suggest(text, t.Symbols))
}

// record refuses to compare records and lists of them.
func (c *checking) record(e, a ast.Expr) {
	t := c.checked.GetType(a.ID())
	for t != nil && (t.Kind() == types.ListKind || t.Kind() == types.MapKind) {
		t = t.Parameters()[len(t.Parameters())-1]
	}
	if t != nil && (t.Kind() == types.StructKind || t.Kind() == types.OpaqueKind) {
		c.at(e, "cannot compare "+celWords(t)+" values", "compare their fields")
	}
}

func (c *checking) in(e ast.Expr) {
	args := e.AsCall().Args()
	list := unwrap(args[1])
	c.record(e, args[0])
	if t := c.lowering.avro[args[1].ID()]; t != nil && t.Kind == schemas.Array {
		c.symbolOf(required(t.Items), args[0])
	}
	if list.Kind() == ast.ListKind {
		for _, element := range list.AsList().Elements() {
			c.symbol(args[0], element)
		}
	}
}

// mixed refuses lists whose elements have several types: cel-go would let them pass and never find anything in them.
func (c *checking) mixed(e ast.Expr) {
	elements := e.AsList().Elements()
	for _, x := range elements {
		a, b := c.checked.GetType(elements[0].ID()), c.checked.GetType(x.ID())
		if a != nil && b != nil && !a.IsExactType(b) && !vague(a) && !vague(b) {
			c.at(x, fmt.Sprintf("a list holds values of one type, not %s and %s", celWords(a), celWords(b)), c.pairFix("", elements[0], x))
			return
		}
	}
}

func vague(t *types.Type) bool {
	k := t.Kind()
	return k == types.DynKind || k == types.ErrorKind || k == types.TypeParamKind || k == types.ListKind || k == types.MapKind
}

// hidden refuses a field of a record that came a way on which we lost what may be null.
func (c *checking) hidden(e ast.Expr) {
	operand := e.AsSelect().Operand()
	if t := c.checked.GetType(operand.ID()); t != nil && t.Kind() == types.StructKind && c.lowering.avro[operand.ID()] == nil {
		c.at(e, "fields of a record that is computed cannot be read", "select the field where the record is read")
	}
}

// order refuses < and > on enums, whose order in the schema means nothing.
func (c *checking) order(e ast.Expr) {
	switch e.AsCall().FunctionName() {
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
	default:
		return
	}
	for _, a := range e.AsCall().Args() {
		if enum := c.enum(a); enum != nil {
			c.at(e, "enum "+shortName(enum.Name)+" has no order",
				fmt.Sprintf(`list the symbols: %s in ["%s"]`, c.text(a), strings.Join(enum.Symbols, `", "`)))
			return
		}
	}
}

// literals parses the texts that a function would parse for every event.
func (c *checking) literals(e ast.Expr) {
	call := e.AsCall()
	args := call.Args()
	if len(args) == 0 {
		return
	}
	last := args[len(args)-1]
	switch name := call.FunctionName(); {
	case !isLiteral(last, types.StringType):
	case name == "matches":
		if _, err := regexp.Compile(literalString(last)); err != nil {
			c.literal(last, "not a regular expression: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), "the syntax is RE2's")
		}
	case name == "timestamp":
		if v := types.String(literalString(last)).ConvertToType(types.TimestampType); types.IsError(v) {
			c.literal(last, fmt.Sprintf("%q is not a time", literalText(last)), `write it as in "2026-11-23T12:00:00Z"`)
		}
	case name == "duration":
		if _, err := time.ParseDuration(literalString(last)); err != nil {
			c.literal(last, fmt.Sprintf("%q is not a duration", literalText(last)), `write it as in "1h30m", with h, m, s, ms, us or ns`)
		}
	case strings.HasPrefix(name, "get"):
		if !isZone(literalString(last)) {
			c.literal(last, fmt.Sprintf("%q is not a time zone", literalText(last)), `write it as in "Europe/Berlin" or "+02:00"`)
		}
	}
}

func (c *checking) literal(e ast.Expr, what, fix string) { c.reject(e, Literal, what, fix) }

func literalString(e ast.Expr) string { s, _ := e.AsLiteral().Value().(string); return s }

// offset is a time zone as hours and minutes from UTC.
var offset = regexp.MustCompile(`^[+-]?\d\d:\d\d$`)

func isZone(name string) bool {
	if offset.MatchString(name) {
		return true
	}
	_, err := time.LoadLocation(name)
	return err == nil
}
