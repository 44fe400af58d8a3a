package schemas

import (
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/stage"
)

// maxResolvedSteps bounds a projection through unions in unions of records, each of which is a way of its own.
const maxResolvedSteps = 1 << 16

// Projection compiles a reader of the fields at paths, which are the reader's, from values that were written with the writer's
// schema. Its slots, and what is in them, are those of NewProjection for the reader's schema, so that expressions need not know
// how a record was written; resolving is done here, once, and not for each record.
//
// A slot is filled exactly where its own value can be read, all that stands before it in the reader's schema, and all that
// stands before those in the record: as for NewProjection where both schemas have one order.
func (r *Resolution) Projection(framing Framing, paths []string) (*Projection, error) {
	p := &Projection{root: r.root.written, framing: framing, slotOf: map[string]int{}}
	tree := &want{}
	for _, path := range paths {
		if err := tree.add(r.root.read, path); err != nil {
			return nil, fmt.Errorf("project %q: %w", path, err)
		}
	}
	p.number(r.root.read, tree, "")
	c := resolved{Projection: p, behind: make([]int, p.slots+1), done: make([]int, p.slots)}
	if len(paths) > 0 {
		c.value(r.root, tree, "", 0)
	}
	if len(p.ops) > maxResolvedSteps {
		return nil, fmt.Errorf("project %d fields: the ways through unions make more than %d steps", len(paths), maxResolvedSteps)
	}
	c.finish()
	return p, nil
}

// number gives the wanted paths their slots, in the order in which compile would.
func (p *Projection) number(t *Type, w *want, path string) {
	record, _ := t.Optional()
	for _, f := range record.Fields {
		if sub := w.fields[f.Name]; sub != nil {
			p.number(f.Type, sub, joinPath(path, f.Name))
		}
	}
	if w.self {
		p.take(path)
	}
}

// slots is how many slots a part of the paths takes. They stand side by side; that of the value itself is the last.
func (w *want) slots() int {
	if w == nil {
		return 0
	}
	n := 0
	for _, sub := range w.fields {
		n += sub.slots()
	}
	if w.self {
		n++
	}
	return n
}

// resolved compiles a projection over matched types.
type resolved struct {
	*Projection
	done   []int // by slot: the step after the last that fills it
	behind []int // by slot: the step after the last over a field that stands before it in the reader's schema
	first  int   // the first slot of the value that is being compiled
}

// add appends an operation that fills slot, and none where slot is -1.
func (c *resolved) add(o op, slot int) {
	if len(c.ops) > maxResolvedSteps {
		return
	}
	c.emit(o)
	if slot >= 0 {
		c.ops[len(c.ops)-1].slot = int32(slot)
		c.done[slot] = max(c.done[slot], len(c.ops))
	}
}

// value appends the operations that read one value, of which w is wanted; its first slot is c.first.
func (c *resolved) value(m *match, w *want, path string, depth int) {
	if len(c.ops) > maxResolvedSteps {
		return
	}
	_, optional := m.read.Optional()
	switch {
	case w == nil && m.strict:
		c.add(op{code: opCheck, match: m, path: path, depth: depth}, -1)
	case w == nil:
		c.compileSkip(m.written, path, depth, 0)
	case m.same && m.read.Kind == Union && !optional:
		c.add(op{code: opUnion, typ: m.written, path: path, depth: depth}, c.first)
	case m.way == fromUnion && optional && m.written.optional() >= 0:
		c.optional(m, w, path, depth)
	case m.way == fromUnion:
		c.fromUnion(m, w, path, depth)
	case m.way == intoUnion && !optional:
		c.add(op{code: opConverted, match: m, path: path, depth: depth}, c.first)
	case m.way == intoUnion:
		c.value(m.inner, w, path, depth)
	case m.read.Kind == Null:
		// An optional record that is null, or the null branch of a writer's union: all that is wanted of it is null.
		for slot := range w.slots() {
			c.add(op{code: opNull, path: path, depth: depth}, c.first+slot)
		}
	case m.way == byField && len(w.fields) > 0:
		c.record(m, w, path, depth)
	default:
		c.leaf(m, path, depth)
	}
}

// leaf appends the operation that reads a value as a whole.
func (c *resolved) leaf(m *match, path string, depth int) {
	o := op{code: readCode(m.written), typ: m.written, unit: unitOf(m.read.Logical), path: path, depth: depth}
	switch {
	case m.way == asText || m.written.Kind == String:
		o.code = opString
	case m.way == toFloat || m.way == toDouble && m.written.Kind != Float:
		o.code, o.match = opWidened, m
	case m.way == byName && !m.same:
		o.code, o.match = opSymbol, m
	case (m.way == byField || m.way == byItem) && !m.same:
		o.code, o.match = opConverted, m
	case o.code == opInt && o.unit < 0:
		o.code, o.match = opWidened, m
	}
	c.add(o, c.first)
	if o.code == opEnum {
		c.ops[len(c.ops)-1].symbols = m.read.Symbols[:len(m.written.Symbols)] // of the same numbers, but not always of the same names
	}
}

// optional appends the operations of a null or a value that is read as null or a value.
func (c *resolved) optional(m *match, w *want, path string, depth int) {
	enter, branch := len(c.ops), m.written.optional()
	c.add(op{code: opOptional, branch: int8(branch), path: path, depth: depth, to: int32(c.first + w.slots())}, -1)
	c.ops[enter].slot = int32(c.first)
	c.value(m.branches[branch], w, path, depth+1)
	c.ops[enter].jump = int32(len(c.ops))
}

// fromUnion appends the choice of a branch, and then the operations of each branch, which fill the same slots.
func (c *resolved) fromUnion(m *match, w *want, path string, depth int) {
	choice := len(c.ops)
	c.add(op{code: opBranch, typ: m.written, path: path, depth: depth}, -1)
	jumps, ends := make([]int32, len(m.branches)), []int{}
	first := c.first
	for i, branch := range m.branches {
		if i > 0 {
			ends = append(ends, len(c.ops))
			c.add(op{code: opJump}, -1)
		}
		jumps[i] = int32(len(c.ops))
		c.first = first
		c.value(branch, w, path, depth+1)
	}
	if len(c.ops) > maxResolvedSteps {
		return
	}
	for _, i := range ends {
		c.ops[i].jump = int32(len(c.ops))
	}
	c.ops[choice].jumps = jumps
	for slot := first; slot < first+w.slots(); slot++ {
		c.done[slot] = len(c.ops) // whichever branch it was
	}
}

// record appends the operations of a record of which fields are wanted, and perhaps the record too.
func (c *resolved) record(m *match, w *want, path string, depth int) {
	first, self := c.first, c.first+w.slots()-1
	if w.self {
		c.add(op{code: opOpen, path: path, depth: depth, to: int32(self)}, -1)
	}
	starts := make([]int, len(m.read.Fields))
	next := first
	for j, f := range m.read.Fields {
		starts[j] = next
		if sub := w.fields[f.Name]; sub != nil {
			if next += sub.slots(); m.from[j] < 0 {
				c.constants(f, sub, starts[j], joinPath(path, f.Name))
			}
		}
	}
	for i, f := range m.written.Fields {
		to := m.to[i]
		if to < 0 {
			c.compileSkip(f.Type, joinPath(path, f.Name), depth+1, 0)
			continue
		}
		read := m.read.Fields[to]
		sub := w.fields[read.Name]
		c.first = starts[to]
		c.value(m.fields[i], sub, joinPath(path, read.Name), depth+1)
		after := starts[to] + sub.slots()
		c.behind[after] = max(c.behind[after], len(c.ops))
	}
	if w.self {
		c.add(op{code: opClose, path: path, depth: depth}, self)
		if !m.same {
			c.ops[len(c.ops)-1].match = m
		}
	}
}

// constants appends the operations that fill the slots of a field which only the reader has, from its default.
func (c *resolved) constants(f *Field, w *want, first int, path string) {
	plain := &Projection{root: f.Type, slotOf: map[string]int{}}
	plain.compile(f.Type, w, path, 0)
	var row stage.Row
	plain.Read(f.fill, &row)
	for i := range row.Slots {
		c.add(op{code: opConstant, given: &row.Slots[i], path: path}, first+i)
	}
}

// finish finds how many slots are filled at each step, and drops the steps after the last that matters.
func (c *resolved) finish() {
	ready := make([]int, c.slots) // by slot: the first step at which it and all before it are filled
	last := 0
	for slot := range ready {
		last = max(last, c.done[slot], c.behind[slot])
		ready[slot] = last
	}
	c.ops = c.ops[:last]
	for i := range c.ops {
		filled, found := slices.BinarySearch(ready, i)
		for found && filled < len(ready) && ready[filled] == i {
			filled++
		}
		c.ops[i].filled = int32(filled)
	}
}
