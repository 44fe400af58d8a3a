package expression

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/stage"
)

// Rank compiles an expression of Want Order: it gives a number, or a text where the result is a string. A timestamp is
// microseconds since 1970. The text is a view that lives as long as the event. A null is the error ErrNull. See Bool for the
// rest.
func (e *Expression) Rank(l Layout) func(*stage.Event[stage.Row]) (number int64, text string, err error) {
	e.mustBe(Order, "Rank")
	c := e.compiler(l)
	f, ok := c.rank(e.ast.Expr())
	if !ok {
		f = c.slowRank()
	}
	need := c.need()
	return func(ev *event) (int64, string, error) {
		if ev.Value.Filled < need {
			return 0, "", cut(ev)
		}
		r, fault := f(ev)
		if fault != nil {
			return 0, "", fault
		}
		return r.number, r.text, nil
	}
}

type rank struct {
	number int64
	text   string
}

func (c *compiler) rank(x ast.Expr) (fn[rank], bool) {
	switch c.e.typ.Name {
	case "string":
		f, ok := c.text(x)
		return func(e *event) (rank, *Fault) {
			s, fault := f(e)
			return rank{text: s}, fault
		}, ok
	case "timestamp":
		f, ok := c.time(x)
		return func(e *event) (rank, *Fault) {
			t, fault := f(e)
			return rank{number: t.UnixMicro()}, fault
		}, ok
	}
	f, ok := c.integer(x)
	return func(e *event) (rank, *Fault) {
		n, fault := f(e)
		return rank{number: n}, fault
	}, ok
}

func (c *compiler) slowRank() fn[rank] {
	null := c.nullFault(c.e.ast.Expr())
	return func(e *event) (rank, *Fault) {
		v, fault := c.eval(e)
		if fault != nil {
			return rank{}, fault
		}
		switch v := v.(type) {
		case types.Int:
			return rank{number: int64(v)}, nil
		case types.String:
			return rank{text: string(v)}, nil
		case types.Timestamp:
			return rank{number: v.UnixMicro()}, nil
		}
		return rank{}, null
	}
}
