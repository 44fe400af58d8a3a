package expression

import (
	"fmt"
	"maps"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/anabranch-go/anabranch/schemas"
)

// nulls finds the uses of what may be null that no test before them guards. It walks a lowered expression with the
// facts that hold at each place. Since expressions have no effects, a fact about one text holds for every other like it.
type nulls struct {
	texts   texts
	report  *report
	around  []ast.Expr // the conditions that the present place is in, the innermost last
	avro    map[int64]*schemas.Type
	lookups []lookup // not guarded
}

// facts are the texts that are known not to be null; never means that the place is not reached.
type facts struct {
	never bool
	known map[string]bool
}

func (f facts) has(text string) bool { return f.never || f.known[text] }

// with is f and that e is not null, nor the records on the way to it.
func (f facts) with(e ast.Expr) facts {
	known := maps.Clone(f.known)
	if known == nil {
		known = map[string]bool{}
	}
	for {
		e = unwrap(e)
		known[canonical(e)] = true
		if e.Kind() != ast.SelectKind {
			return facts{never: f.never, known: known}
		}
		e = e.AsSelect().Operand()
	}
}

// or is what holds where either f or other does.
func (f facts) or(other facts) facts {
	switch {
	case f.never:
		return other
	case other.never:
		return f
	}
	both := map[string]bool{}
	for text := range f.known {
		if other.known[text] {
			both[text] = true
		}
	}
	return facts{known: both}
}

// without forgets what is known of a variable.
func (f facts) without(variable string) facts {
	known := maps.Clone(f.known)
	maps.DeleteFunc(known, func(text string, _ bool) bool { return strings.Contains(text, "‹"+variable+"›") })
	return facts{never: f.never, known: known}
}

// walk checks e where known holds, and gives what holds after it was true, and after it was false.
func (n *nulls) walk(e ast.Expr, known facts) (yes, no facts) {
	switch e.Kind() {
	case ast.CallKind:
		return n.call(e, known)
	case ast.LiteralKind:
		switch e.AsLiteral() {
		case types.True:
			return known, facts{never: true}
		case types.False:
			return facts{never: true}, known
		}
	case ast.SelectKind:
		sel := e.AsSelect()
		n.walk(sel.Operand(), known)
		if sel.IsTestOnly() {
			return known.withText(guardOf(canonicalLiteral(types.String(sel.FieldName())), canonical(sel.Operand()))), known
		}
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			n.walk(element, known)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			n.walk(entry.AsMapEntry().Key(), known)
			n.walk(entry.AsMapEntry().Value(), known)
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		n.walk(c.IterRange(), known)
		n.walk(c.AccuInit(), known)
		inside := known.without(c.IterVar())
		if t := n.avro[c.IterRange().ID()]; t != nil && required(t).Kind == schemas.Map {
			inside = inside.withText(guardOf("‹"+c.IterVar()+"›", canonical(c.IterRange())))
		}
		n.walk(c.LoopCondition(), inside)
		n.walk(c.LoopStep(), inside)
	}
	return known, known
}

func (n *nulls) call(e ast.Expr, known facts) (yes, no facts) {
	c := e.AsCall()
	args := c.Args()
	switch c.FunctionName() {
	case isNull, isNotNull:
		n.walk(args[0], known)
		if c.FunctionName() == isNull {
			return known, known.with(args[0])
		}
		return known.with(args[0]), known
	case some:
		n.walk(args[0], known)
		if !known.has(canonical(args[0])) {
			n.unguarded(args[0])
		}
		return known, known
	case operators.In:
		n.walk(args[0], known)
		n.walk(args[1], known)
		return known.withText(canonical(e)), known
	case operators.LogicalNot:
		yes, no = n.walk(args[0], known)
		return no, yes
	case operators.LogicalAnd:
		return n.chain(args, known, func(yes, no facts) (facts, facts) { return yes, no })
	case operators.LogicalOr:
		no, yes = n.chain(args, known, func(yes, no facts) (facts, facts) { return no, yes })
		return yes, no
	case operators.Conditional:
		return n.conditional(args, known)
	}
	if c.IsMemberFunction() {
		n.walk(c.Target(), known)
	}
	for _, a := range args {
		n.walk(a, known)
	}
	if c.FunctionName() == operators.Index {
		n.index(e, known)
	}
	return known, known
}

// chain walks the operands of && (or of ||, with yes and no turned): each is reached where those before it went on.
// What holds after the chain has ended early must be shown by every operand that could have ended it; that stays true
// where && absorbs the error of one of them.
func (n *nulls) chain(args []ast.Expr, known facts, turn func(yes, no facts) (facts, facts)) (on, end facts) {
	on, end = known, facts{never: true}
	before := len(n.lookups)
	for _, a := range args {
		n.around = append(n.around, a)
		next, stop := turn(n.walk(a, on))
		n.around = n.around[:len(n.around)-1]
		end = end.or(stop)
		on = next
	}
	n.absorb(before, on)
	return on, end
}

func (n *nulls) conditional(args []ast.Expr, known facts) (yes, no facts) {
	n.around = append(n.around, args[0])
	then, otherwise := n.walk(args[0], known)
	n.around = n.around[:len(n.around)-1]
	thenYes, thenNo := n.walk(args[1], then)
	elseYes, elseNo := n.walk(args[2], otherwise)
	return thenYes.or(elseYes), thenNo.or(elseNo)
}

// unguarded reports that x may be null where it is used.
func (n *nulls) unguarded(x ast.Expr) {
	text := n.texts.of(x)
	guarded := "…"
	if len(n.around) > 0 {
		guarded = n.texts.of(n.around[len(n.around)-1])
	}
	if len(guarded) > 60 || strings.Contains(guarded, "@") {
		guarded = "…"
	}
	if strings.Contains(guarded, " || ") || strings.Contains(guarded, " ? ") {
		guarded = "(" + guarded + ")"
	}
	start, end := n.report.place(n.texts.info, n.texts.node(x))
	n.report.add(Problem{
		Offset: start, End: end, Code: Nullable, What: text + " may be null",
		Fix: fmt.Sprintf("guard it: %s != null && %s", text, guarded),
	})
}

// canonical is the same for any two lowered expressions that are written alike.
func canonical(e ast.Expr) string {
	var b strings.Builder
	writeCanonical(&b, e)
	return b.String()
}

func canonicalLiteral(v ref.Val) string { return fmt.Sprintf("%T(%q)", v, fmt.Sprint(v.Value())) }

func writeCanonical(b *strings.Builder, e ast.Expr) {
	e = unwrap(e)
	switch e.Kind() {
	case ast.IdentKind:
		b.WriteString("‹" + e.AsIdent() + "›")
	case ast.LiteralKind:
		b.WriteString(canonicalLiteral(e.AsLiteral()))
	case ast.SelectKind:
		writeCanonical(b, e.AsSelect().Operand())
		b.WriteString("." + e.AsSelect().FieldName())
	case ast.CallKind:
		c := e.AsCall()
		b.WriteString(c.FunctionName() + "(")
		if c.IsMemberFunction() {
			writeCanonical(b, c.Target())
		}
		for _, a := range c.Args() {
			b.WriteString(",")
			writeCanonical(b, a)
		}
		b.WriteString(")")
	default:
		fmt.Fprintf(b, "#%d", e.ID())
	}
}
