package schemas

import (
	"fmt"
	"strings"
)

// NewProjection compiles a reader of the fields of s at paths. A path is field names from the root joined by dots, through records
// and optional records; the empty path is the whole value. Slots are numbered in the order in which the values are
// complete in a record: by the order of the fields, and a record after the fields in it. The same path twice is one slot.
func NewProjection(s *Schema, framing Framing, paths []string) (*Projection, error) {
	seal(s.Type)
	p := &Projection{root: s.Type, framing: framing, slotOf: map[string]int{}}
	tree := &want{}
	for _, path := range paths {
		if err := tree.add(s.Type, path); err != nil {
			return nil, fmt.Errorf("project %q: %w", path, err)
		}
	}
	if len(paths) > 0 {
		p.compile(s.Type, tree, "", 0)
	}
	for len(p.ops) > 0 && p.ops[len(p.ops)-1].skips() {
		p.ops = p.ops[:len(p.ops)-1]
	}
	return p, nil
}

// want is what is to be read of a value: itself, fields of it, or both.
type want struct {
	self   bool
	fields map[string]*want
}

// add notes a path and checks that it leads somewhere.
func (w *want) add(t *Type, path string) error {
	if path == "" {
		w.self = true
		return nil
	}
	if strings.Count(path, ".") >= MaxDepth {
		return fmt.Errorf("more than %d fields deep", MaxDepth)
	}
	walked := "the value"
	for name := range strings.SplitSeq(path, ".") {
		record, _ := t.Optional()
		if record.Kind == Union {
			return fmt.Errorf("%s is a union of several types; only a record or an optional one has fields", walked)
		}
		if record.Kind != Record {
			return fmt.Errorf("%s is of type %s; only a record has fields", walked, record.Kind)
		}
		f := record.Field(name)
		if f == nil {
			return fmt.Errorf("%s (record %q) has no field %q; %s", walked, record.Name, name, suggest(name, fieldNames(record)))
		}
		if w.fields[name] == nil {
			if w.fields == nil {
				w.fields = map[string]*want{}
			}
			w.fields[name] = &want{}
		}
		w, t, walked = w.fields[name], f.Type, fmt.Sprintf("field %q", name)
	}
	w.self = true
	return nil
}

// compile appends the operations that read one value of t, of which w is wanted; nil wants nothing.
func (p *Projection) compile(t *Type, w *want, path string, depth int) {
	if branch, ok := t.Optional(); ok && (w != nil || branch.simple()) {
		enter := len(p.ops)
		value := int8(0)
		if t.Branches[1] == branch {
			value = 1
		}
		p.emit(op{code: opOptional, branch: value, path: path, depth: depth})
		p.compile(branch, w, path, depth+1)
		p.ops[enter].to, p.ops[enter].jump = int32(p.slots), int32(len(p.ops))
		return
	}
	switch {
	case w == nil:
		p.compileSkip(t, path, depth, 0)
	case t.Kind == Record:
		p.compileRecord(t, w, path, depth)
	default:
		p.emit(op{code: readCode(t), typ: t, unit: unitOf(t.Logical), path: path, depth: depth})
		p.take(path)
	}
}

// take gives the slot that the last operation fills to path.
func (p *Projection) take(path string) {
	p.slotOf[path] = p.slots
	p.slots++
}

// emit appends an operation. Its slot is the first that is not filled when it runs.
func (p *Projection) emit(o op) {
	o.slot, o.filled = int32(p.slots), int32(p.slots)
	if o.typ != nil {
		o.size = sizeOf(o.typ)
		o.symbols = o.typ.Symbols
	}
	p.ops = append(p.ops, o)
}

func (p *Projection) compileRecord(t *Type, w *want, path string, depth int) {
	if len(w.fields) == 0 {
		p.emit(op{code: opEncoded, typ: t, path: path, depth: depth})
		p.take(path)
		return
	}
	open := len(p.ops)
	if w.self {
		p.emit(op{code: opOpen, path: path})
	}
	for _, f := range t.Fields {
		p.compile(f.Type, w.fields[f.Name], joinPath(path, f.Name), depth+1)
	}
	if w.self {
		p.ops[open].to = int32(p.slots)
		p.emit(op{code: opClose, path: path})
		p.take(path)
	}
}

// simple tells whether skipping a value of t is one operation.
func (t *Type) simple() bool {
	return t.Kind != Record && t.Kind != Array && t.Kind != Map && t.Kind != Union
}

// readCode is the operation that reads a value of t into a slot.
func readCode(t *Type) opcode {
	switch t.Kind {
	case Null:
		return opNull
	case Boolean:
		return opBool
	case Int:
		return opInt
	case Long:
		return opLong
	case Float:
		return opFloat
	case Double:
		return opDouble
	case String:
		return opString
	case Bytes:
		return opText
	case Fixed:
		return opFixed
	case Enum:
		return opEnum
	case Union:
		return opUnion
	}
	return opEncoded
}

// sizeOf is the number of bytes of every value of t; 0 where they differ.
func sizeOf(t *Type) int32 {
	switch t.Kind {
	case Float, Double, Fixed:
		return int32(t.least)
	}
	return 0
}

// unitOf says how to bring a logical type to microseconds: a factor above 1, a divisor below -1, 1 for nothing.
func unitOf(l Logical) int64 {
	switch l {
	case TimeMillis, TimestampMillis, LocalTimestampMillis:
		return 1000
	case TimestampNanos, LocalTimestampNanos:
		return -1000
	}
	return 1
}
