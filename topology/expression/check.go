package expression

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
)

// Check parses src and checks it against env. It reports every mistake that it finds, sorted by place; where there is
// none the Expression is ready to compile. Check never panics.
func Check(src string, env Env, want Want) (*Expression, []Problem) {
	r := newReport(src)
	if !admissible(r) {
		return nil, r.sorted()
	}
	if env.ready == nil {
		env = env.Ready()
	}
	scope := env.ready
	if scope.err != nil {
		return nil, []Problem{{End: len(src), Code: Types, What: fmt.Sprintf("the schema of %s cannot be used: %v", env.stream(), scope.err)}}
	}
	parsed, issues := scope.env.Parse(src)
	if issues.Err() != nil {
		syntaxProblems(r, issues.Errors())
		return nil, r.sorted()
	}
	c := &checking{report: r, parsed: parsed.NativeRep(), want: want}
	c.texts = texts{original: nodes(c.parsed.Expr()), info: c.parsed.SourceInfo()}
	c.lowering = newLowering(c.parsed, env, scope.functions, r)
	lowered := c.lowering.root(c.parsed.Expr(), want)
	warnings := c.guards(lowered)
	if !c.types(lowered, scope.checks, scope.env) {
		return nil, r.sorted()
	}
	e := &Expression{
		src: src, want: want, env: env, celEnv: scope.env, ast: c.checked, avro: c.lowering.avro,
		typ: c.result, headers: c.lowering.headers, texts: c.texts, warnings: warnings,
	}
	e.paths = e.findPaths()
	if err := e.plan(); err != nil {
		r.add(Problem{End: len(src), Code: Limit, What: "the expression cannot be compiled: " + err.Error()})
		return nil, r.sorted()
	}
	return e, nil
}

// admissible refuses texts that are not worth parsing.
func admissible(r *report) bool {
	switch {
	case len(r.src) > MaxSourceBytes:
		r.add(Problem{End: len(r.src), Code: Limit, What: fmt.Sprintf("the expression has %d bytes", len(r.src)),
			Fix: fmt.Sprintf("at most %d are allowed", MaxSourceBytes)})
	case !utf8.ValidString(r.src):
		r.add(Problem{End: len(r.src), Code: Syntax, What: "the expression is not valid UTF-8"})
	case strings.TrimSpace(r.src) == "":
		r.add(Problem{End: len(r.src), Code: Syntax, What: "the expression is empty", Fix: "write a condition such as value.age >= 18"})
	default:
		return true
	}
	return false
}

// checking is one expression on its way through Check.
type checking struct {
	report   *report
	parsed   *ast.AST
	texts    texts
	lowering *lowering
	lowered  map[int64]ast.Expr // the lowered nodes by id
	checked  *ast.AST
	want     Want
	result   Type
}

// guards reports what may be null and is not guarded, and gives a warning for each key that a map may not have.
func (c *checking) guards(lowered ast.Expr) (warnings []Problem) {
	n := &nulls{texts: c.texts, report: c.report, avro: c.lowering.avro}
	if c.want == Bool {
		n.around = []ast.Expr{c.parsed.Expr()}
	}
	n.walk(lowered, facts{})
	for _, l := range n.lookups {
		warnings = append(warnings, l.Problem)
	}
	return warnings
}

// types runs cel-go's checker and our own rules. It tells whether all is well.
func (c *checking) types(lowered ast.Expr, checks *checker.Env, env *cel.Env) bool {
	var errs *common.Errors
	source := common.NewTextSource(c.report.src)
	c.checked, errs = checker.Check(ast.NewAST(lowered, c.lowering.info), source, checks)
	c.lowered = nodes(c.checked.Expr())
	for _, err := range errs.GetErrors() {
		c.mistype(err, env)
	}
	c.rules()
	if len(c.report.problems) > 0 {
		return false
	}
	c.result = c.resultType(c.checked.Expr())
	c.wanted()
	if len(c.report.problems) == 0 {
		c.cost()
	}
	return len(c.report.problems) == 0
}

// resultType describes what the node e gives.
func (c *checking) resultType(e ast.Expr) Type {
	if c.want == Key && e.Kind() == ast.ListKind {
		t := Type{Name: "tuple"}
		for _, element := range e.AsList().Elements() {
			t.Elements = append(t.Elements, c.resultType(element))
		}
		return t
	}
	return typeOf(c.lowering.avro[e.ID()], c.checked.GetType(e.ID()))
}

// cost refuses what could take very long for one event.
func (c *checking) cost() {
	estimate, err := cost.Cost(c.checked, costs{})
	if err != nil || estimate.Max > MaxCost {
		c.report.add(Problem{End: len(c.report.src), Code: Limit, What: "the expression could take too long for one event",
			Fix: "nest fewer exists, all, map and filter"})
	}
}

// costs says how large to think of what is not known before an event is there.
type costs struct{}

// EstimateSize gives the size of what has none of its own.
func (costs) EstimateSize(cost.AstNode) *cost.SizeEstimate {
	return &cost.SizeEstimate{Min: 0, Max: sizeEstimate}
}

// EstimateCallCost leaves calls to cel-go.
func (costs) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// nodes collects all nodes below e by id.
func nodes(e ast.Expr) map[int64]ast.Expr {
	all := map[int64]ast.Expr{}
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) { all[e.ID()] = e }))
	return all
}

// functionNames are the functions and operators that an expression may call.
func functionNames(env *cel.Env) map[string]bool {
	names := map[string]bool{}
	for name := range env.Functions() {
		names[name] = true
	}
	delete(names, "dyn")
	delete(names, "type")
	return names
}

func (e Env) stream() string {
	if e.Stream == "" {
		return "the stream"
	}
	return "stream " + e.Stream
}
