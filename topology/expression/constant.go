package expression

import (
	"fmt"
	"math/big"
	"strconv"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// constants has the values of those parts of an expression that are whole numbers whatever the event is, by node.
type constants map[int64]int64

// fold works out the call e, where its arguments are constants, and refuses what would fail for every event.
func (c *checking) fold(known constants, e ast.Expr) {
	call := e.AsCall()
	args := call.Args()
	numbers := make([]*big.Int, 0, 2)
	for _, a := range args {
		if n, ok := known.of(a); ok {
			numbers = append(numbers, big.NewInt(n))
		}
	}
	name := call.FunctionName()
	last := len(args) - 1
	if name == operators.Divide || name == operators.Modulo {
		if n, ok := known.of(args[last]); ok && n == 0 {
			c.literal(args[last], "division by zero", "")
			return
		}
	}
	if len(numbers) != len(args) || len(args) == 0 {
		c.conversion(known, e)
		return
	}
	value := exact(name, numbers)
	switch {
	case value == nil:
		c.conversion(known, e)
	case !value.IsInt64():
		c.literal(e, fmt.Sprintf("%s does not fit into 64 bits", c.text(e)), fmt.Sprintf("whole numbers lie between %d and %d", minInt, maxInt))
	default:
		known[e.ID()] = value.Int64()
	}
}

const (
	minInt = -1 << 63
	maxInt = 1<<63 - 1
)

// of gives the value of a literal, or of a call that was folded.
func (known constants) of(e ast.Expr) (int64, bool) {
	if isLiteral(e, types.IntType) {
		n, ok := e.AsLiteral().Value().(int64)
		return n, ok
	}
	n, ok := known[e.ID()]
	return n, ok
}

// exact gives the result of an operator on whole numbers, nil where it is none. A divisor is not 0.
func exact(name string, n []*big.Int) *big.Int {
	value := new(big.Int)
	switch {
	case name == operators.Negate && len(n) == 1:
		return value.Neg(n[0])
	case len(n) != 2:
		return nil
	case name == operators.Add:
		return value.Add(n[0], n[1])
	case name == operators.Subtract:
		return value.Sub(n[0], n[1])
	case name == operators.Multiply:
		return value.Mul(n[0], n[1])
	case name == operators.Divide:
		return value.Quo(n[0], n[1])
	case name == operators.Modulo:
		return value.Rem(n[0], n[1])
	}
	return nil
}

// conversion refuses int("x") and double("x") of a text that is no number, and of a number that is too large.
func (c *checking) conversion(known constants, e ast.Expr) {
	call := e.AsCall()
	if len(call.Args()) != 1 || call.Args()[0].Kind() != ast.LiteralKind {
		return
	}
	arg := call.Args()[0]
	switch text := literalString(arg); {
	case call.FunctionName() == "int" && isLiteral(arg, types.StringType):
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			c.literal(arg, fmt.Sprintf("%q is not a whole number", text), "")
			return
		}
		known[e.ID()] = n
	case call.FunctionName() == "double" && isLiteral(arg, types.StringType):
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			c.literal(arg, fmt.Sprintf("%q is not a number", text), "")
		}
	case call.FunctionName() == "int" && isLiteral(arg, types.DoubleType):
		if v := arg.AsLiteral().ConvertToType(types.IntType); types.IsError(v) {
			c.literal(arg, fmt.Sprintf("%s does not fit into 64 bits", c.text(arg)), "")
		}
	}
}
