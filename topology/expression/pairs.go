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
	if operator == operators.Modulo {
		return c.remainderFix(a, b)
	}
	for range 2 {
		ka, kb := c.kind(a), c.kind(b)
		switch {
		case ka == types.BoolKind && ordering[operator] && kb != types.BoolKind && isOrder(unwrap(a)):
			sign, _ := operators.FindReverse(operator)
			return fmt.Sprintf("write %s && %s %s %s", c.text(a), c.text(unwrap(a).AsCall().Args()[1]), sign, c.text(b))
		case ka == types.BoolKind && !ordering[operator] && isLiteral(b, types.IntType):
			return c.truthFix(operator, a, b)
		case c.enum(a) != nil && isLiteral(b, types.IntType):
			return fmt.Sprintf("write a symbol in quotes, for example %q", c.enum(a).Symbols[0])
		case ka == types.StructKind && kb == types.StringKind:
			return c.fieldFix(a)
		case ordering[operator] && ka == types.StringKind && (kb == types.IntKind || kb == types.DoubleKind):
			return fmt.Sprintf("write %s(%s)", celWords(c.checked.GetType(b.ID())), c.text(a))
		case ka == types.IntKind && kb == types.DoubleKind:
			return c.numbersFix(operator, a, b)
		case isLiteral(b, types.IntType) && (ka == types.TimestampKind || ka == types.DurationKind):
			if operator == operators.Add || operator == operators.Subtract {
				ka = types.DurationKind
			}
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

// ordering are the operators that order numbers by size and texts by their letters.
var ordering = map[string]bool{operators.Less: true, operators.LessEquals: true, operators.Greater: true, operators.GreaterEquals: true}

// isOrder tells whether e orders two values, as in the a < b of a < b < c.
func isOrder(e ast.Expr) bool {
	return e.Kind() == ast.CallKind && ordering[e.AsCall().FunctionName()]
}

// remainderFix makes whole numbers of the operands of %, which has no other.
func (c *checking) remainderFix(a, b ast.Expr) string {
	for _, e := range []ast.Expr{a, b} {
		if c.kind(e) == types.DoubleKind {
			return fmt.Sprintf("it is of whole numbers; write int(%s)", c.text(e))
		}
	}
	return ""
}

// truthFix says what stands for a bool that is compared with 0 or 1.
func (c *checking) truthFix(operator string, condition, number ast.Expr) string {
	if one := literalText(number) == "1"; one == (operator == operators.Equals) {
		return "write " + c.text(condition)
	}
	return "write !" + c.text(condition)
}

// fieldFix names a field of a record that is compared with a text.
func (c *checking) fieldFix(record ast.Expr) string {
	t := c.lowering.avro[record.ID()]
	if t == nil {
		return ""
	}
	for _, f := range required(t).Fields {
		if scalarType(f.Type) == types.StringType {
			return fmt.Sprintf("compare one of its fields, for example %s.%s", c.text(record), f.Name)
		}
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
		if _, err := time.Parse(time.DateOnly, text); err == nil {
			text += "T00:00:00Z"
		}
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
