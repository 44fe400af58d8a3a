package expression

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"

	"github.com/anabranch-go/anabranch/stage"
)

// errCut stands in for the reason where a row does not say why it is short.
var errCut = errors.New("the record ends before a field that is read")

// Bool compiles a condition. What it returns may be called by many goroutines at once; it allocates nothing where the
// expression is Fast. l must have a slot for each of Paths, else Bool panics, and so it does for another Want.
//
// The event is rejected with its Row.Err where the record broke before the last field that the expression reads, even
// where && or || would not have reached that field.
func (e *Expression) Bool(l Layout) func(*stage.Event[stage.Row]) (bool, error) {
	e.mustBe(Bool, "Bool")
	c := e.compiler(l)
	f, ok := c.boolean(e.ast.Expr())
	if !ok {
		f = c.slowBool()
	}
	need := c.need()
	return func(ev *event) (bool, error) {
		if ev.Value.Filled < need {
			return false, cut(ev)
		}
		b, fault := f(ev)
		if fault != nil {
			return false, fault
		}
		return b, nil
	}
}

// Text compiles an expression of Want Match: it gives the string, the enum's symbol, or the name of the union's branch as
// Type().Symbols has it. A null string or enum is the error ErrNull (errors.Is). See Bool for the rest.
func (e *Expression) Text(l Layout) func(*stage.Event[stage.Row]) (string, error) {
	e.mustBe(Match, "Text")
	c := e.compiler(l)
	f, ok := c.matched(e.ast.Expr())
	if !ok {
		f = c.slowText()
	}
	need := c.need()
	return func(ev *event) (string, error) {
		if ev.Value.Filled < need {
			return "", cut(ev)
		}
		s, fault := f(ev)
		if fault != nil {
			return "", fault
		}
		return s, nil
	}
}

// AppendKey compiles an expression of Want Key: it appends the bytes of the result to buf. A string and a uuid on a
// string are UTF-8, an int is 4 and a long (and every computed integer) 8 bytes big-endian, an enum its symbol, bytes
// and fixed as they are; each element of a tuple comes after its length as 4 bytes big-endian. A null is the error
// ErrNull. On an error the returned slice is buf. See Bool for the rest.
func (e *Expression) AppendKey(l Layout) func(ev *stage.Event[stage.Row], buf []byte) ([]byte, error) {
	e.mustBe(Key, "AppendKey")
	c := e.compiler(l)
	f, ok := c.key(e.ast.Expr(), e.typ)
	if !ok {
		f = c.slowKey()
	}
	need := c.need()
	return func(ev *event, buf []byte) ([]byte, error) {
		if ev.Value.Filled < need {
			return buf, cut(ev)
		}
		out, fault := f(ev, buf)
		if fault != nil {
			return buf, fault
		}
		return out, nil
	}
}

func (e *Expression) mustBe(want Want, method string) {
	if e.want != want {
		panic(fmt.Sprintf("expression: %s of %q, which was checked for something else", method, e.src))
	}
}

func cut(ev *event) error {
	if ev.Value.Err != nil {
		return ev.Value.Err
	}
	return errCut
}

// plan decides whether closures can do the expression, and readies cel-go where they cannot.
func (e *Expression) plan() error {
	c, fast := e.compiler(inOrder(e.paths)), false
	root := e.ast.Expr()
	switch e.want {
	case Bool:
		_, fast = c.boolean(root)
	case Match:
		_, fast = c.matched(root)
	case Key:
		_, fast = c.key(root, e.typ)
	case Any:
		_, fast = c.field(root)
	case Order:
		_, fast = c.rank(root)
	}
	if fast {
		return nil
	}
	if e.want == Match && e.typ.Name == "union" {
		return errors.New("only a union that is a field or an element can be matched")
	}
	return e.ready()
}

// inOrder is the Layout that gives paths their own order.
type inOrder []string

// Slot is the place of path among the paths.
func (o inOrder) Slot(path string) int { return slices.Index(o, path) }

// compiler turns the lowered tree of one expression into closures over one layout.
type compiler struct {
	e      *Expression
	layout Layout
}

type event = stage.Event[stage.Row]

// fn computes one value of an event. It gives a Fault of those that were made with it, or nil.
type fn[T any] func(*event) (T, *Fault)

func (e *Expression) compiler(l Layout) *compiler { return &compiler{e: e, layout: l} }

// need is how many slots must be filled: all up to the last that is read.
func (c *compiler) need() int {
	need := 0
	for _, path := range c.e.paths {
		need = max(need, c.slot(path)+1)
	}
	return need
}

func (c *compiler) slot(path string) int {
	slot := -1
	if c.layout != nil {
		slot = c.layout.Slot(path)
	}
	if slot < 0 {
		panic(fmt.Sprintf("expression: the layout has no slot for %q, which %q reads", path, c.e.src))
	}
	return slot
}

// fault makes the Fault for what can go wrong at x.
func (c *compiler) fault(x ast.Expr, what string) *Fault {
	f := &Fault{What: what, Source: c.e.texts.of(x)}
	f.Offset, _ = newReport(c.e.src).place(c.e.texts.info, c.e.texts.node(x))
	return f
}

// nullFault makes the Fault for x being null.
func (c *compiler) nullFault(x ast.Expr) *Fault {
	f := c.fault(x, "null")
	f.err = ErrNull
	return f
}

// fieldsOf goes through the names of a path.
func fieldsOf(path string) iter.Seq[string] {
	if path == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(path, ".")
}
