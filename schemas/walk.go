package schemas

import "unicode/utf8"

// walk steps over one value of t and checks all that there is to check: what one operator reads must not depend on
// what its neighbours read. Its work is bounded by the bytes of the value, whatever they claim.
func (r *reader) walk(t *Type) bool {
	if t.least == 0 {
		return true // it never has bytes
	}
	at := r.pos
	var n int64
	switch t.code {
	case codeBoolean:
		if !r.take(1, faultShort, at) {
			return false
		}
		if b := r.data[at]; b > 1 {
			return r.fail(faultBool, at, int64(b))
		}
		return true
	case codeInt:
		return r.int(&n)
	case codeLong:
		return r.long(&n)
	case codeFloat, codeDouble, codeFixed:
		return r.take(int64(t.least), faultShort, at)
	case codeEnum:
		return r.index(&n, len(t.Symbols), faultEnum)
	case codeBytes, codeString:
		return r.text(t.code == codeString)
	}
	if r.depth++; r.depth > MaxDepth {
		return r.fail(faultDepth, at, 0)
	}
	ok := true
	switch t.code {
	case codeRecord:
		for _, f := range t.Fields {
			if !r.walk(f.Type) {
				return r.inside(f.Name)
			}
		}
	case codeUnion:
		ok = r.index(&n, len(t.Branches), faultBranch) && r.walk(t.Branches[n])
	default:
		ok = r.walkBlocks(t)
	}
	r.depth--
	return ok
}

// text steps over a length and as many bytes.
func (r *reader) text(checkUTF8 bool) bool {
	at := r.pos
	var n int64
	if !r.long(&n) || !r.take(n, faultLength, at) {
		return false
	}
	if checkUTF8 && !utf8.Valid(r.data[r.pos-int(n):r.pos]) {
		return r.fail(faultUTF8, at, 0)
	}
	return true
}

// walkBlocks steps over an array or a map.
func (r *reader) walkBlocks(t *Type) bool {
	least := t.leastItem()
	for {
		var count, size int64
		at := r.pos
		if !r.block(&count, &size, least) {
			return false
		}
		start := r.pos
		switch {
		case count == 0:
			// An end may be written with a size, which then must be 0.
			if size > 0 {
				return r.fail(faultBlockSize, at, size)
			}
			return true
		case least == 0:
			if r.empties += count; r.empties > MaxEmptyItems || r.empties < 0 {
				return r.fail(faultEmpties, at, count)
			}
		default:
			for range count {
				if !r.walkItem(t) {
					return false
				}
			}
		}
		if size >= 0 && int64(r.pos-start) != size {
			return r.fail(faultBlockSize, at, size)
		}
	}
}

// walkItem steps over one item of an array, or one key and value of a map.
func (r *reader) walkItem(t *Type) bool {
	if t.code == codeArray {
		return r.walk(t.Items) || r.inside("[]")
	}
	start := r.pos
	if !r.text(true) {
		return r.inside("[key]")
	}
	end := r.pos
	return r.walk(t.Items) || r.inside("["+string(textOf(r.data[start:end]))+"]")
}

// leastItem is the least number of bytes of an item of an array, or of a key and value of a map.
func (t *Type) leastItem() int {
	if t.code == codeMap {
		return 1 + t.Items.least
	}
	return t.Items.least
}

// Validate checks that data is one whole value of the schema, framed as the projection was told, and nothing after it.
func (p *Projection) Validate(data []byte) error {
	start, err := p.framing.start(data)
	if err != nil {
		return err
	}
	r := reader{data: data, pos: start}
	if !r.walk(p.root) {
		return r.err("")
	}
	if r.pos != len(data) {
		r.fail(faultTrailing, r.pos, 0)
		return r.err("")
	}
	return nil
}
