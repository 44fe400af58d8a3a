package schemas

import "fmt"

// OtherBytes finds the first place where the bytes of a value would be taken for something else by one who has the reader's
// schema alone; false where SameBytes.
func (r *Resolution) OtherBytes() (Incompatibility, bool) {
	if r.root.same {
		return Incompatibility{}, false
	}
	path, reason := r.root.otherBytes("", map[*match]bool{})
	return Incompatibility{Path: path, Reason: reason}, true
}

// otherBytes looks at a match before its parts; an empty reason: nothing that has not been seen.
func (m *match) otherBytes(path string, seen map[*match]bool) (at, reason string) {
	if m.same || seen[m] {
		return "", ""
	}
	seen[m] = true
	switch m.way {
	case asText:
		return path, "bytes are written and a string is read; not all bytes are text"
	case byName:
		return path, fmt.Sprintf("enum %q numbers its symbols otherwise", m.read.Name)
	case byField:
		return m.otherFields(path, seen)
	case byItem:
		return m.inner.otherBytes(path+"[]", seen)
	case fromUnion:
		return m.otherBranches(path, seen)
	}
	return path, m.bothKinds()
}

func (m *match) bothKinds() string {
	return fmt.Sprintf("%s is written and %s is read", m.written.says(), m.read.says())
}

func (m *match) otherBranches(path string, seen map[*match]bool) (at, reason string) {
	for i, b := range m.branches {
		if m.read.Kind != Union || b.branch != i {
			return path, m.bothKinds()
		}
		if at, reason := b.inner.otherBytes(path, seen); reason != "" {
			return at, reason
		}
	}
	return "", ""
}

func (m *match) otherFields(path string, seen map[*match]bool) (at, reason string) {
	for j, f := range m.read.Fields {
		if m.from[j] < 0 {
			return joinPath(path, f.Name), "the field is read and not written; nothing tells that its default is meant"
		}
	}
	for i, f := range m.written.Fields {
		switch {
		case m.to[i] < 0:
			return joinPath(path, f.Name), "the field is written and not read; nothing tells that it is to be stepped over"
		case m.to[i] != i:
			return joinPath(path, m.read.Fields[m.to[i]].Name), fmt.Sprintf("it is written as field %d and read as field %d", i+1, m.to[i]+1)
		}
	}
	for i, part := range m.fields {
		if at, reason := part.otherBytes(joinPath(path, m.read.Fields[i].Name), seen); reason != "" {
			return at, reason
		}
	}
	return "", ""
}
