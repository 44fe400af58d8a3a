package expression

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// ready makes the cel-go program of an expression that closures cannot do.
func (e *Expression) ready() (err error) {
	e.program, err = e.celEnv.PlanProgram(e.ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(MaxCost))
	return err
}

// eval runs the expression on cel-go.
func (c *compiler) eval(e *event) (ref.Val, *Fault) {
	v, _, err := c.e.program.Eval(&activation{compiler: c, event: e})
	if err != nil {
		return nil, c.slowFault(err)
	}
	return v, nil
}

// slowFault puts an error of cel-go into our words.
func (c *compiler) slowFault(err error) *Fault {
	f := &Fault{What: strings.ReplaceAll(err.Error(), "\n", " "), Source: c.e.src}
	switch message := err.Error(); {
	case errors.Is(err, ErrNull):
		f.What = "a null"
	case strings.Contains(message, "division by zero"), strings.Contains(message, "modulus by zero"):
		f.What = "division by zero"
	case strings.Contains(message, "timestamp overflow"):
		f.What = "timestamp overflow"
	case strings.Contains(message, "duration overflow"):
		f.What = "duration overflow"
	case strings.Contains(message, "overflow"):
		f.What = "integer overflow"
	case strings.Contains(message, "no such key"):
		_, key, _ := strings.Cut(message, "no such key: ")
		f.What = fmt.Sprintf("no key %q", key)
		if maps := c.indexed(key); len(maps) == 1 {
			f.Source = maps[0]
		}
	case strings.Contains(message, "no such overload"):
		f.What = "a value of the wrong type, or null"
	case strings.Contains(message, "cost limit"):
		f.What = "too much to compute for one event"
	case strings.Contains(message, "index out of bounds"):
		f.What = "index out of range"
	}
	return f
}

// indexed are the maps that the expression looks a constant key up in.
func (c *compiler) indexed(key string) (maps []string) {
	ast.PostOrderVisit(c.e.ast.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if functionOf(x) != operators.Index || !isLiteral(x.AsCall().Args()[1], types.StringType) || literalString(x.AsCall().Args()[1]) != key {
			return
		}
		if text := c.e.texts.of(x.AsCall().Args()[0]); !slices.Contains(maps, text) {
			maps = append(maps, text)
		}
	}))
	return maps
}

func (c *compiler) slowBool() fn[bool] {
	return func(e *event) (bool, *Fault) {
		v, fault := c.eval(e)
		if fault != nil {
			return false, fault
		}
		b, ok := v.(types.Bool)
		if !ok {
			return false, &Fault{What: "a result that is not bool", Source: c.e.src}
		}
		return bool(b), nil
	}
}

func (c *compiler) slowText() fn[string] {
	null := c.nullFault(c.e.ast.Expr())
	return func(e *event) (string, *Fault) {
		v, fault := c.eval(e)
		if fault != nil {
			return "", fault
		}
		s, ok := v.(types.String)
		if !ok {
			return "", null
		}
		return string(s), nil
	}
}

func (c *compiler) slowKey() appendFn {
	null := c.nullFault(c.e.ast.Expr())
	return func(e *event, buf []byte) ([]byte, *Fault) {
		v, fault := c.eval(e)
		if fault != nil {
			return buf, fault
		}
		list, ok := v.(traits.Lister)
		if !ok || c.e.typ.Name != "tuple" {
			return appendValue(buf, v, c.e.typ, null)
		}
		out := buf
		for i, t := range c.e.typ.Elements {
			start := len(out)
			if out, fault = appendValue(append(out, 0, 0, 0, 0), list.Get(types.Int(i)), t, null); fault != nil {
				return buf, fault
			}
			binary.BigEndian.PutUint32(out[start:], uint32(len(out)-start-4))
		}
		return out, nil
	}
}

// appendValue appends the key bytes of one value.
func appendValue(buf []byte, v ref.Val, t Type, null *Fault) ([]byte, *Fault) {
	switch v := v.(type) {
	case types.String:
		return append(buf, v...), nil
	case types.Bytes:
		return append(buf, v...), nil
	case types.Int:
		return appendInt(buf, int64(v), isInt(t)), nil
	}
	return buf, null
}
