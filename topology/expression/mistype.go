package expression

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// mistype puts an error of cel-go's checker into our words.
func (c *checking) mistype(err *common.Error, env *cel.Env) {
	e, ok := c.lowered[err.ExprID]
	if !ok {
		c.at(c.parsed.Expr(), "the types do not fit", "")
		return
	}
	switch {
	case strings.HasPrefix(err.Message, "expected type"):
		c.notCondition(e)
	case strings.Contains(err.Message, "range of a comprehension"):
		c.at(e, fmt.Sprintf("%s is %s; only lists and maps can be gone through", c.text(e), c.words(e)), "")
	case e.Kind() == ast.SelectKind:
		c.at(e, fmt.Sprintf("%s is %s and has no fields", c.text(e.AsSelect().Operand()), c.words(e.AsSelect().Operand())), "")
	case e.Kind() == ast.CallKind:
		c.call(e, env)
	default:
		c.at(e, "the types do not fit", "")
	}
}

// at reports a mistake in types at the lowered node e.
func (c *checking) at(e ast.Expr, what, fix string) { c.reject(e, Types, what, fix) }

func (c *checking) reject(e ast.Expr, code Code, what, fix string) {
	start, end := c.report.place(c.texts.info, c.texts.node(e))
	c.report.add(Problem{Offset: start, End: end, Code: code, What: what, Fix: fix})
}

// text is the source of a lowered node, words its type.
func (c *checking) text(e ast.Expr) string {
	return c.texts.of(e)
}

func (c *checking) words(e ast.Expr) string {
	if t := c.lowering.avro[e.ID()]; t != nil {
		return avroWords(t)
	}
	return celWords(c.checked.GetType(e.ID()))
}

func (c *checking) notCondition(e ast.Expr) {
	text, fix := c.text(e), ""
	switch c.checked.GetType(e.ID()).Kind() {
	case types.IntKind:
		fix = "compare it, for example " + text + " > 0"
	case types.StringKind:
		fix = "compare it, for example " + text + ` == "…"`
	case types.ListKind, types.MapKind:
		fix = "ask for its size, for example size(" + text + ") > 0"
	}
	c.at(e, text+" is "+c.words(e)+", where a condition (bool) must stand", fix)
}

// comparison is what follows an operand that is compared.
var comparison = regexp.MustCompile(`^\s*(in\b|[=!<>])`)

// notNegated explains a ! before what is no condition: most often it was to negate a whole comparison.
func (c *checking) notNegated(not, e ast.Expr) {
	_, end := c.report.place(c.texts.info, c.texts.node(e))
	if !comparison.MatchString(c.report.src[end:]) {
		c.notCondition(e)
		return
	}
	c.at(not, "! negates "+c.text(e)+" alone, which is "+c.words(e), "put the whole comparison in brackets: !("+c.text(e)+" …)")
}

// verbs are what operators do, for messages.
var verbs = map[string]string{
	operators.Add: "add %s and %s", operators.Subtract: "subtract %[2]s from %[1]s", operators.Multiply: "multiply %s and %s",
	operators.Divide: "divide %s by %s", operators.Modulo: "take the remainder of %s by %s",
	operators.Equals: "compare %s with %s", operators.NotEquals: "compare %s with %s",
	operators.Less: "order %s and %s", operators.LessEquals: "order %s and %s",
	operators.Greater: "order %s and %s", operators.GreaterEquals: "order %s and %s",
}

// call explains why no overload of a function takes the arguments of e.
func (c *checking) call(e ast.Expr, env *cel.Env) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	if verb, ok := verbs[name]; ok && len(args) == 2 {
		what := fmt.Sprintf("cannot "+verb, c.words(args[0]), c.words(args[1]))
		c.at(e, what, c.pairFix(name, args[0], args[1]))
		return
	}
	switch name {
	case operators.LogicalNot:
		c.notNegated(e, args[0])
	case operators.LogicalAnd, operators.LogicalOr:
		c.notCondition(args[0])
	case operators.Negate:
		c.at(e, "cannot negate "+c.words(args[0]), "")
	case operators.Conditional:
		if k := c.checked.GetType(args[0].ID()).Kind(); k != types.BoolKind && k != types.DynKind && k != types.ErrorKind {
			c.notCondition(args[0])
			return
		}
		c.at(e, fmt.Sprintf("the two results of ? : have different types, %s and %s", c.words(args[1]), c.words(args[2])), "")
	case operators.Index:
		fix := "lists are indexed by int, maps by string"
		if c.kind(args[0]) == types.StructKind && isLiteral(args[1], types.StringType) {
			fix = fmt.Sprintf("write %s.%s", c.text(args[0]), literalText(args[1]))
		}
		c.at(e, fmt.Sprintf("cannot index %s by %s", c.words(args[0]), c.words(args[1])), fix)
	case operators.In:
		c.membership(e, args)
	default:
		c.signature(e, env)
	}
}

func (c *checking) membership(e ast.Expr, args []ast.Expr) {
	switch k := c.checked.GetType(args[1].ID()).Kind(); k {
	case types.ListKind, types.MapKind:
		c.at(e, fmt.Sprintf("cannot look for %s in %s", c.words(args[0]), c.words(args[1])), c.literalFix(args[0], args[1]))
	case types.StringKind:
		c.at(e, "in looks through lists and maps, not string", fmt.Sprintf("for a part of a text write %s.contains(%s)", c.text(args[1]), c.text(args[0])))
	default:
		c.at(e, "in looks through lists and maps, not "+c.words(args[1]), "")
	}
}

func (c *checking) literalFix(x, list ast.Expr) string {
	if l := unwrap(list); l.Kind() == ast.ListKind && l.AsList().Size() > 0 {
		return c.pairFix(operators.Equals, x, l.AsList().Elements()[0])
	}
	return ""
}

// signature lists what a function takes.
func (c *checking) signature(e ast.Expr, env *cel.Env) {
	call := e.AsCall()
	name := call.FunctionName()
	given := call.Args()
	if call.IsMemberFunction() {
		given = append([]ast.Expr{call.Target()}, given...)
	}
	words := make([]string, len(given))
	for i, a := range given {
		words[i] = c.words(a)
	}
	what := fmt.Sprintf("%s does not take (%s)", name, strings.Join(words, ", "))
	if call.IsMemberFunction() && len(words) > 0 {
		what = fmt.Sprintf("%s of %s does not take (%s)", name, words[0], strings.Join(words[1:], ", "))
	}
	takes := forms(env.Functions()[name], func(o *decls.OverloadDecl) bool { return o.IsMemberFunction() == call.IsMemberFunction() })
	if len(takes) == 0 {
		takes = forms(env.Functions()[name], func(*decls.OverloadDecl) bool { return true })
	}
	c.at(e, what, "write "+strings.Join(takes, " or "))
}

// forms writes the ways to call a function that wanted admits.
func forms(f *decls.FunctionDecl, wanted func(*decls.OverloadDecl) bool) []string {
	var out []string
	for _, o := range f.OverloadDecls() {
		args := make([]string, len(o.ArgTypes()))
		for i, t := range o.ArgTypes() {
			args[i], _, _ = strings.Cut(celWords(t), " of ")
		}
		form := f.Name() + "(" + strings.Join(args, ", ") + ")"
		if o.IsMemberFunction() && len(args) > 0 {
			form = args[0] + "." + f.Name() + "(" + strings.Join(args[1:], ", ") + ")"
		}
		if wanted(o) && !slices.Contains(out, form) && !strings.Contains(form, "uint") && len(out) < MaxListed {
			out = append(out, form)
		}
	}
	return out
}
