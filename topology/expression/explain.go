package expression

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/anabranch-go/anabranch/stage"
)

// Explanation is an expression, or a part of one, and what it came to for one event.
type Explanation struct {
	// Source is the text of the part as the expression has it, but for spaces and brackets.
	Source string
	// Offset and End are where it stands in the source of the whole expression, in bytes: of an operator the operator, of a call the
	// function's name, of a field the field's name.
	Offset, End int
	// Value is the result as a Go value (see Expression.Value); nil for null, and where Err is set or Skipped.
	Value any
	// Err is why the part has no result: a *Fault, or of the whole expression what rejects the event.
	Err error
	// Skipped tells that the part was not evaluated, since another one had decided.
	Skipped bool
	// Parts are those that the result was made of, in the order in which they are evaluated. Constants are left out.
	Parts []*Explanation
}

// Explain compiles the expression so that it tells how it comes to its result. The root's Value and Err are those of the method
// that runs the expression: of Bool; of Text, where a union's Value is the name of its branch; of AppendKey and Rank, where Value is
// what the bytes or the rank are made of; of Value. Where the record broke before a field that is read there are no Parts, since nothing is
// evaluated then. What it returns may be called by many goroutines; it is slow, and allocates. See Bool for l.
func (e *Expression) Explain(l Layout) func(*stage.Event[stage.Row]) *Explanation {
	c := e.compiler(l)
	root, need, run := c.probe(e.ast.Expr()), c.need(), e.result(l)
	return func(ev *event) *Explanation {
		if ev.Value.Filled < need {
			return root.explanation(cut(ev))
		}
		x := root.explain(&activation{compiler: c, event: ev})
		value, own, err := run(ev)
		if x.Err = err; err != nil {
			x.Value = nil
		} else if own {
			x.Value = value
		}
		return x
	}
}

// result runs the expression as operators do. Own tells whether the value is to be shown, and not what bytes or a rank were made of.
func (e *Expression) result(l Layout) func(*event) (value any, own bool, err error) {
	switch e.want {
	case Bool:
		f := e.Bool(l)
		return func(ev *event) (any, bool, error) { v, err := f(ev); return v, true, err }
	case Match:
		f := e.Text(l)
		return func(ev *event) (any, bool, error) { v, err := f(ev); return string([]byte(v)), true, err }
	case Key:
		f := e.AppendKey(l)
		return func(ev *event) (any, bool, error) { _, err := f(ev, nil); return nil, false, err }
	case Order:
		f := e.Rank(l)
		return func(ev *event) (any, bool, error) { _, _, err := f(ev); return nil, false, err }
	}
	f := e.Value(l)
	return func(ev *event) (any, bool, error) { v, err := f(ev); return v, true, err }
}

// probe is one part of an expression, ready to be evaluated by itself.
type probe struct {
	source      string
	offset, end int
	eval        func(*activation) (any, *Fault) // of the part alone
	null        *Fault                          // where the result must not be null
	decides     bool                            // of && and ||: the operand that settles it
	kind        probeKind
	parts       []*probe
}

// probeKind says which parts are evaluated.
type probeKind uint8

const (
	whole  probeKind = iota // all, and then the part itself
	logic                   // && and ||: the operands, until one decides
	choice                  // a ? b : c
)

func (c *compiler) probe(x ast.Expr) *probe {
	p := &probe{source: c.e.texts.of(x)}
	p.offset, p.end = newReport(c.e.src).place(c.e.texts.info, c.e.texts.node(x))
	if unwrap(x) != x {
		p.null = c.nullFault(x)
	}
	switch name := functionOf(unwrap(x)); name {
	case operators.LogicalAnd, operators.LogicalOr:
		p.kind, p.decides = logic, name == operators.LogicalOr
		for _, operand := range conjuncts(x, name) {
			p.parts = append(p.parts, c.probe(operand))
		}
		return p
	case operators.Conditional:
		p.kind = choice
		for _, part := range unwrap(x).AsCall().Args() {
			p.parts = append(p.parts, c.probe(part))
		}
		return p
	}
	for _, part := range c.e.partsOf(x) {
		if !isConstant(part) {
			p.parts = append(p.parts, c.probe(part))
		}
	}
	p.eval = c.alone(x)
	return p
}

func (p *probe) explanation(err error) *Explanation {
	return &Explanation{Source: p.source, Offset: p.offset, End: p.end, Err: err}
}

// skipped is p where it is not evaluated.
func (p *probe) skipped() *Explanation {
	x := p.explanation(nil)
	x.Skipped = true
	for _, part := range p.parts {
		x.Parts = append(x.Parts, part.skipped())
	}
	return x
}

func (p *probe) explain(a *activation) *Explanation {
	x := p.explanation(nil)
	switch p.kind {
	case logic:
		p.explainLogic(a, x)
	case choice:
		p.explainChoice(a, x)
	default:
		for _, part := range p.parts {
			x.Parts = append(x.Parts, part.explain(a))
		}
		x.set(p.eval(a))
		for _, part := range x.Parts {
			if x.Err != nil && part.Err != nil {
				x.Err = part.Err // the cause
				break
			}
		}
	}
	return x
}

// set takes in a result. A nil *Fault must not become an error.
func (x *Explanation) set(value any, fault *Fault) {
	if fault != nil {
		x.Err = fault
		return
	}
	x.Value = value
}

// explainLogic evaluates operands as closures do: one that fails counts only where no other decides.
func (p *probe) explainLogic(a *activation, x *Explanation) {
	x.Value = !p.decides
	for _, part := range p.parts {
		if x.Value == p.decides {
			x.Parts = append(x.Parts, part.skipped())
			continue
		}
		operand := part.explain(a)
		x.Parts = append(x.Parts, operand)
		switch {
		case operand.Err == nil && operand.Value == p.decides:
			x.Value, x.Err = p.decides, nil
		case operand.Err != nil && x.Err == nil:
			x.Err = operand.Err
		}
	}
	if x.Err != nil {
		x.Value = nil
	}
}

func (p *probe) explainChoice(a *activation, x *Explanation) {
	test := p.parts[0].explain(a)
	x.Parts, x.Err = []*Explanation{test, nil, nil}, test.Err
	for i, taken := range []bool{true, false} {
		if test.Err != nil || test.Value != taken {
			x.Parts[i+1] = p.parts[i+1].skipped()
			continue
		}
		x.Parts[i+1] = p.parts[i+1].explain(a)
		x.Value, x.Err = x.Parts[i+1].Value, x.Parts[i+1].Err
		if p.null != nil && x.Err == nil && x.Value == nil {
			x.Err = p.null
		}
	}
}
