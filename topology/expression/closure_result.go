package expression

import (
	"encoding/binary"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// appendFn appends the bytes of a result.
type appendFn func(e *event, buf []byte) ([]byte, *Fault)

// matched compiles what a splitter matches: a text, or the branch of a union by name.
func (c *compiler) matched(x ast.Expr) (fn[string], bool) {
	t := c.e.avro[x.ID()]
	if t == nil || required(t).Kind != schemas.Union {
		return c.text(x)
	}
	names := typeOf(t, nil).Symbols
	null := c.nullFault(x)
	name := func(n int64, s bool) (string, *Fault) {
		if s && (n < 0 || int(n) >= len(names) || names[n] != "null") {
			return "", null
		}
		return names[n], nil
	}
	if path, ok := pathOf(x); ok {
		i := c.slot(path)
		return func(e *event) (string, *Fault) {
			s := &e.Value.Slots[i]
			return name(s.N, s.Null)
		}, true
	}
	element, ok := c.element(x)
	return func(e *event) (string, *Fault) {
		s, fault := element(e)
		if fault != nil {
			return "", fault
		}
		return name(s.N, s.Null)
	}, ok
}

// key compiles the bytes of a key of type t.
func (c *compiler) key(x ast.Expr, t Type) (appendFn, bool) {
	if t.Name == "tuple" {
		return c.tuple(x, t)
	}
	if c.kind(x) != types.IntKind {
		f, ok := c.text(x)
		return func(e *event, buf []byte) ([]byte, *Fault) {
			s, fault := f(e)
			if fault != nil {
				return buf, fault
			}
			return append(buf, s...), nil
		}, ok
	}
	f, ok := c.integer(x)
	short := isInt(t)
	return func(e *event, buf []byte) ([]byte, *Fault) {
		n, fault := f(e)
		if fault != nil {
			return buf, fault
		}
		return appendInt(buf, n, short), nil
	}, ok
}

// appendInt appends 4 or 8 bytes, big-endian.
func appendInt(buf []byte, n int64, short bool) []byte {
	if short {
		return binary.BigEndian.AppendUint32(buf, uint32(n))
	}
	return binary.BigEndian.AppendUint64(buf, uint64(n))
}

func (c *compiler) tuple(x ast.Expr, t Type) (appendFn, bool) {
	var elements []appendFn
	for i, element := range x.AsList().Elements() {
		f, ok := c.key(element, t.Elements[i])
		if !ok {
			return nil, false
		}
		elements = append(elements, f)
	}
	return func(e *event, buf []byte) ([]byte, *Fault) {
		for _, f := range elements {
			start := len(buf)
			out, fault := f(e, append(buf, 0, 0, 0, 0))
			if fault != nil {
				return buf, fault
			}
			binary.BigEndian.PutUint32(out[start:], uint32(len(out)-start-4))
			buf = out
		}
		return buf, nil
	}, true
}
