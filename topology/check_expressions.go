package topology

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// expressionCodes are the codes of what can be wrong with an expression.
var expressionCodes = map[expression.Code]string{
	expression.Syntax: "A0601", expression.Unclosed: "A0601", expression.UnknownName: "A0602", expression.UnknownField: "A0603", expression.UnknownFunc: "A0604",
	expression.Types: "A0605", expression.Nullable: "A0606", expression.Symbol: "A0607", expression.Literal: "A0608",
	expression.Unreadable: "A0609", expression.Result: "A0610", expression.Limit: "A0611", expression.Absent: "A0612",
}

// wanted is an expression of an operator, and what for.
type wanted struct {
	*formula
	want expression.Want
}

// formulas are the expressions of an operator in the order of the file.
func (op *operatorSpec) formulas() []wanted {
	all := []wanted{{&op.where, expression.Bool}, {&op.match, expression.Match}}
	for i := range op.when {
		all = append(all, wanted{&op.when[i], expression.Bool})
	}
	all = append(all, wanted{&op.by, expression.Key})
	if op.order != nil {
		all = append(all, wanted{&op.order.by, expression.Order}, wanted{&op.order.heartbeat, expression.Bool})
	}
	return slices.DeleteFunc(all, func(w wanted) bool { return !w.given() })
}

// checkExpressions checks the expressions of an operator against the type of what it reads.
func (t *typer) checkExpressions(op *operatorSpec) {
	if len(op.from) == 0 {
		return
	}
	from := t.graph.byName[op.from[0].text]
	for _, w := range op.formulas() {
		if t.expression(w.formula, w.want, from); w.expr == nil {
			continue
		}
		for _, p := range w.expr.Warnings() {
			t.expressionProblem(w.formula, p)
		}
	}
}

// checkRest checks the expressions of streams, and of operators on a cycle, whose types are unknown.
func (t *typer) checkRest() {
	for _, l := range t.graph.streams {
		if l.keyEquals.given() {
			t.expression(&l.keyEquals, expression.Key, l)
		}
	}
	for _, op := range t.graph.spec.operators {
		if !slices.Contains(t.graph.order, op) {
			t.checkExpressions(op)
		}
	}
}

// expression checks one expression that reads the events of l.
func (t *typer) expression(f *formula, want expression.Want, l *link) {
	env := t.environment(l)
	expr, problems := expression.Check(f.source, env, want)
	for _, p := range problems {
		if !l.contract.known && p.Code != expression.Syntax && p.Code != expression.Unclosed && p.Code != expression.Literal && p.Code != expression.Limit {
			continue
		}
		t.expressionProblem(f, p)
	}
	if len(problems) == 0 && l.contract.known {
		f.expr = expr
	}
}

// environment is what an expression over l may name. Streams of one type share what is made of it.
func (t *typer) environment(l *link) expression.Env {
	env := expression.Env{}
	if l.contract.known && l.contract.value.Schema != nil {
		env.Value = l.contract.value.Schema.Type
	}
	if l.contract.key == keyOfBytes {
		env.Key = expression.KeyBytes
	}
	ready, made := t.environments[env]
	if !made {
		ready = env.Ready()
		t.environments[env] = ready
	}
	ready.Stream = l.name.text
	return ready
}

// expressionProblem puts a problem of an expression where it stands in the file.
func (t *typer) expressionProblem(f *formula, p expression.Problem) {
	node, offset := f.at(p.Offset)
	width := 1
	if end, at := f.at(p.End); end == node && at > offset {
		width = utf8.RuneCountInString(node.Value[offset:at])
		line, column := node.Position(offset)
		if endLine, endColumn := node.Position(at); endLine == line && endColumn > column {
			width = endColumn - column
		}
	}
	code := expressionCodes[p.Code]
	if code == "" {
		code = "A0605"
	}
	remedy := p.Fix
	if by := node.CutBy(); by != "" && p.Code == expression.Unclosed {
		remedy = fmt.Sprintf("put the expression in quotes: YAML ends it at the %s behind", by)
	}
	problem := node.ProblemIn(offset, width, code, p.What, remedy)
	problem.Warning = p.Code == expression.Absent
	t.report(problem)
}

// checkCases: every case is a value that the expression can have, and over an enum or a union every value has a case.
func (t *typer) checkCases() {
	for _, op := range t.graph.spec.operators {
		if op.match.expr == nil || len(op.cases) == 0 {
			continue
		}
		typ := op.match.expr.Type()
		typ.Symbols = matchable(typ)
		if len(typ.Symbols) > 0 {
			t.casesOf(op, typ)
		}
		if missing := without(typ.Symbols, op.cases); op.otherwise < 0 && !op.broken {
			switch {
			case len(typ.Symbols) == 0:
				t.wrong(op.match.node, "A0704", fmt.Sprintf("splitter %s does not say where other values of %s go", op.name.text, oneLine(op.match.source)),
					"add `otherwise:` with a stream, drop or dead_letter")
			case len(missing) > unknownCases(typ.Symbols, op.cases):
				t.wrong(op.match.node, "A0705", fmt.Sprintf("splitter %s has no case for %s", op.name.text, among(missing)),
					"add the cases, or `otherwise:` with a stream, drop or dead_letter")
			}
		}
	}
}

// unknownCases is how many cases are none of the symbols: each may have been meant for one that is missing.
func unknownCases(symbols []string, cases []reference) int {
	unknown := 0
	for _, c := range cases {
		if !contains(symbols, c.text) && symbolMeant(c.text, symbols) == "" {
			unknown++
		}
	}
	return unknown
}

// caseNull is the case of an enum or a union that is null.
const caseNull = "null"

// matchable are the cases that there can be of an enum or a union, null included; none for a string.
func matchable(typ expression.Type) []string {
	if typ.Name == "enum" && typ.Nullable && !contains(typ.Symbols, caseNull) {
		return append(slices.Clone(typ.Symbols), caseNull)
	}
	return typ.Symbols
}

// casesOf refuses cases that can never be.
func (t *typer) casesOf(op *operatorSpec, typ expression.Type) {
	kind := "symbols"
	if typ.Name == string(schemas.Union) {
		kind = "branches"
	}
	for _, c := range op.cases {
		if !contains(typ.Symbols, c.text) {
			remedy := suggest(c.text, typ.Symbols, kind)
			if meant := symbolMeant(c.text, typ.Symbols); meant != "" {
				remedy = fmt.Sprintf("did you mean `%s`?", meant)
			}
			t.wrong(c.node, "A0706", fmt.Sprintf("%s is never %q", oneLine(op.match.source), shorten(c.text)), remedy)
		}
	}
}

// symbolMeant gives the symbol that was most likely meant; a branch of a union may lack its namespace.
func symbolMeant(text string, symbols []string) string {
	for _, s := range symbols {
		if strings.HasSuffix(s, "."+text) {
			return s
		}
	}
	return nearest(text, symbols)
}

// without gives the symbols that have no case. A misspelt case, which is reported already, counts for the symbol that was meant.
func without(symbols []string, cases []reference) []string {
	var missing []string
	for _, s := range symbols {
		meant := func(c reference) bool {
			return c.text == s || !contains(symbols, c.text) && symbolMeant(c.text, symbols) == s
		}
		if !slices.ContainsFunc(cases, meant) {
			missing = append(missing, s)
		}
	}
	return missing
}
