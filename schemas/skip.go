package schemas

// A skipped value is taken to pieces so that most of it is short steps too. The limits keep a schema whose named types
// stand in each other many times from becoming a program without end; what is beyond them is walked.
const (
	maxSkipSteps  = 1 << 10 // steps of a projection
	maxSkipLevels = 4       // records and unions in each other
)

// compileSkip appends the steps over a value of t, of which nothing is wanted.
func (p *Projection) compileSkip(t *Type, path string, depth, level int) {
	if t.least == 0 {
		return // it never has bytes
	}
	deep := level >= maxSkipLevels || depth >= MaxDepth || len(p.ops) >= maxSkipSteps
	switch {
	case t.Kind == Record && !deep:
		for _, f := range t.Fields {
			p.compileSkip(f.Type, joinPath(path, f.Name), depth+1, level+1)
		}
	case t.Kind == Union && !deep:
		p.compileSkipUnion(t, path, depth, level)
	default:
		p.emit(op{code: skipCode(t), typ: t, path: path, depth: depth})
	}
}

// compileSkipUnion appends the choice of a branch, and then the steps of each branch; all but the last end in a jump.
func (p *Projection) compileSkipUnion(t *Type, path string, depth, level int) {
	choice := len(p.ops)
	p.emit(op{code: opBranch, typ: t, path: path, depth: depth})
	jumps, ends := make([]int32, len(t.Branches)), []int{}
	for i, b := range t.Branches {
		if b.least == 0 {
			continue
		}
		if len(p.ops) > choice+1 {
			ends = append(ends, len(p.ops))
			p.emit(op{code: opJump})
		}
		jumps[i] = int32(len(p.ops))
		p.compileSkip(b, path, depth+1, level+1)
	}
	end := int32(len(p.ops))
	for i, b := range t.Branches {
		if b.least == 0 {
			jumps[i] = end
		}
	}
	for _, i := range ends {
		p.ops[i].jump = end
	}
	p.ops[choice].jumps = jumps
}

// skipCode is the step over a whole value of t.
func skipCode(t *Type) opcode {
	switch t.Kind {
	case Float, Double, Fixed:
		return opSkipFixed
	case Boolean:
		return opSkipBool
	case Int:
		return opSkipInt
	case Long:
		return opSkipLong
	case String:
		return opSkipString
	case Bytes:
		return opSkipBytes
	case Enum:
		return opSkipEnum
	}
	return opSkip
}
