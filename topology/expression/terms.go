package expression

import (
	"slices"

	"cel.dev/cel-go/common/ast"
)

// Term is what an expression gives, or one element of a tuple, in a form that can be compared: two terms of one text give
// the same value for the same event. It is read-only.
type Term struct {
	text string
	node ast.Expr
	info *ast.SourceInfo
}

// KeyTerm is the record's key.
func KeyTerm() Term {
	return Term{text: "key", node: ast.NewExprFactory().NewIdent(1, "key"), info: ast.NewSourceInfo(nil)}
}

// String is the text of the term, in one spelling whatever the blanks and quotes of the source.
func (t Term) String() string { return t.text }

// Terms gives the elements of a tuple, and any other expression as a single term.
func (e *Expression) Terms() []Term {
	parsed, issues := e.celEnv.Parse(e.src)
	if issues.Err() != nil {
		return nil // Check has parsed it before
	}
	root, info := parsed.NativeRep().Expr(), parsed.NativeRep().SourceInfo()
	nodes := []ast.Expr{root}
	if e.typ.Name == "tuple" {
		nodes = root.AsList().Elements()
	}
	terms := make([]Term, len(nodes))
	for i, n := range nodes {
		terms[i] = Term{text: sourceText(n, info), node: n, info: info}
	}
	return terms
}

// ReadsKey tells whether the term reads the record's key, so that it means something else once that is replaced.
func (t Term) ReadsKey() bool {
	found := false
	ast.PostOrderVisit(t.node, ast.NewExprVisitor(func(e ast.Expr) {
		found = found || e.Kind() == ast.IdentKind && e.AsIdent() == "key"
	}))
	return found
}

// FollowsFrom tells whether the values of known decide the value of t: it reads nothing but them. It may say no where a
// closer look would say yes, never the other way.
func (t Term) FollowsFrom(known []Term) bool {
	f := following{info: t.info, known: make([]string, len(known))}
	for i, k := range known {
		f.known[i] = k.text
	}
	return f.from(t.node)
}

// following looks for what an expression reads beside what is known.
type following struct {
	info  *ast.SourceInfo
	known []string
	local []string // the variables of the macros around the place at hand
}

func (f *following) from(e ast.Expr) bool {
	if slices.Contains(f.known, sourceText(e, f.info)) {
		return true
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return true
	case ast.IdentKind:
		return slices.Contains(f.local, e.AsIdent())
	case ast.SelectKind:
		s := e.AsSelect()
		return s.IsTestOnly() && slices.Contains(f.known, sourceText(s.Operand(), f.info)+"."+s.FieldName()) || f.from(s.Operand())
	case ast.CallKind:
		c := e.AsCall()
		return c.FunctionName() != "header" && (!c.IsMemberFunction() || f.from(c.Target())) && f.all(c.Args()...)
	case ast.ListKind:
		return f.all(e.AsList().Elements()...)
	case ast.ComprehensionKind:
		return f.macro(e.AsComprehension())
	}
	return false
}

func (f *following) all(list ...ast.Expr) bool {
	return !slices.ContainsFunc(list, func(e ast.Expr) bool { return !f.from(e) })
}

// macro looks into exists, all, map and filter. Check keeps their variables from hiding a part of the event.
func (f *following) macro(c ast.ComprehensionExpr) bool {
	if !f.all(c.IterRange(), c.AccuInit()) {
		return false
	}
	outer := f.local
	f.local = append(slices.Clone(outer), c.IterVar(), c.IterVar2(), c.AccuVar())
	inside := f.all(c.LoopCondition(), c.LoopStep(), c.Result())
	f.local = outer
	return inside
}
