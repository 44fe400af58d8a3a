package expression

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// pairFix says how to make the operands of an operator fit each other.
func (c *checking) pairFix(operator string, a, b ast.Expr) string {
	for range 2 {
		ka, kb := c.kind(a), c.kind(b)
		switch {
		case ka == types.IntKind && kb == types.DoubleKind:
			return c.numbersFix(operator, a, b)
		case isLiteral(b, types.IntType) && (ka == types.TimestampKind || ka == types.DurationKind):
			return c.quotesFix(ka, "")
		case isLiteral(b, types.StringType):
			if fix := c.quotesFix(ka, literalText(b)); fix != "" {
				return fix
			}
		}
		if ka == types.StringKind && kb == types.IntKind && isLiteral(b, types.IntType) {
			return fmt.Sprintf("write %q", literalText(b))
		}
		if operator == operators.Add && ka == types.StringKind && kb == types.IntKind {
			return fmt.Sprintf("write string(%s)", c.text(b))
		}
		a, b = b, a
	}
	return ""
}

func (c *checking) kind(e ast.Expr) types.Kind { return c.checked.GetType(e.ID()).Kind() }

// numbersFix says how to bring an int and a double together.
func (c *checking) numbersFix(operator string, i, d ast.Expr) string {
	why := ""
	if operator == operators.Equals || operator == operators.NotEquals {
		why = "; only < <= > >= go across the two"
	}
	if n := unwrap(i); isLiteral(n, types.IntType) {
		return fmt.Sprintf("write %s.0%s", literalText(n), why)
	}
	if n := unwrap(d); isLiteral(n, types.DoubleType) {
		if f, ok := n.AsLiteral().Value().(float64); ok && f == float64(int64(f)) {
			return fmt.Sprintf("write %d%s", int64(f), why)
		}
	}
	return fmt.Sprintf("write double(%s)%s", c.text(i), why)
}

// quotesFix says what to write in place of a text where a value of another kind is wanted.
func (c *checking) quotesFix(k types.Kind, text string) string {
	switch k {
	case types.IntKind:
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			return "write " + text + " without quotes"
		}
	case types.DoubleKind:
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return "write " + text + " without quotes"
		}
	case types.BoolKind:
		if text == "true" || text == "false" {
			return "write " + text + " without quotes"
		}
	case types.TimestampKind:
		if types.IsError(types.String(text).ConvertToType(types.TimestampType)) {
			text = "2026-11-23T12:00:00Z"
		}
		return fmt.Sprintf("write a time as in timestamp(%q)", text)
	case types.DurationKind:
		if _, err := time.ParseDuration(text); err != nil {
			text = "1h30m"
		}
		return fmt.Sprintf("write a duration as in duration(%q)", text)
	case types.BytesKind:
		return fmt.Sprintf("write b%q", text)
	}
	return ""
}

func isLiteral(e ast.Expr, t *types.Type) bool {
	return e.Kind() == ast.LiteralKind && e.AsLiteral().Type() == t
}

func literalText(e ast.Expr) string { return strings.TrimSpace(fmt.Sprint(e.AsLiteral().Value())) }
