package schemas

import (
	"fmt"
	"strings"
)

// Incompatibility is one reason why values that were written with one schema cannot be read with another.
type Incompatibility struct {
	Path   string // the field, from the root in the reader's names; [] is an item of an array or a value of a map; empty: the root
	Reason string // what is written, what is read, and what would be right
}

// Error puts the path before the reason, as expressions name it: value.referrer.click_id.
func (i Incompatibility) Error() string { return joinPath("value", i.Path) + ": " + i.Reason }

// Incompatibilities are all the reasons, in the order of the reader's fields.
type Incompatibilities []Incompatibility

func (all Incompatibilities) Error() string {
	lines := make([]string, len(all))
	for i, one := range all {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Compatible gives all that keeps values written with writer from being read with reader, by the rules of schema resolution in
// the Avro specification; empty where every value can be read. It demands that all values can be read that the writer could
// write: every branch of a union and every symbol of an enum, used or not.
func Compatible(reader, writer *Schema) Incompatibilities {
	_, m := matchTypes(writer.Type, reader.Type)
	return m.wrong
}

// MistakenFor gives what the specification lets reader read, and takes one thing for another: a number of milliseconds that is
// read as one of microseconds.
func MistakenFor(reader, writer *Schema) Incompatibilities {
	_, m := matchTypes(writer.Type, reader.Type)
	return m.taken
}

// Mode says how a schema must go with those that were used before it, named as schema registries do.
type Mode string

// The modes of a schema registry. Those that are transitive look at every earlier schema, the others at the last.
const (
	None               Mode = "none"
	Backward           Mode = "backward" // the new schema reads what the old one wrote
	BackwardTransitive Mode = "backward_transitive"
	Forward            Mode = "forward" // the old schema reads what the new one writes
	ForwardTransitive  Mode = "forward_transitive"
	Full               Mode = "full" // both
	FullTransitive     Mode = "full_transitive"
)

// ParseMode gives the mode of a name, in small letters or, as registries write it, in large ones.
func ParseMode(name string) (Mode, error) {
	all := []Mode{None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive}
	names := make([]string, len(all))
	for i, m := range all {
		if names[i] = string(m); names[i] == strings.ToLower(name) {
			return m, nil
		}
	}
	return None, fmt.Errorf("unknown compatibility %q; %s", name, suggest(name, names))
}

// Base is the mode without its transitivity.
func (m Mode) Base() Mode {
	base, _, _ := strings.Cut(string(m), "_transitive")
	return Mode(base)
}

// Verdict is what a mode says of two schemas, by the direction in which each reads.
type Verdict struct {
	Backward Incompatibilities // of the new schema as reader
	Forward  Incompatibilities // of the earlier schema as reader
}

// OK tells whether there is nothing against it.
func (v Verdict) OK() bool { return len(v.Backward)+len(v.Forward) == 0 }

// Check holds next against the earlier schemas, the oldest first, and gives the first verdict that is against it.
func (m Mode) Check(next *Schema, earlier ...*Schema) Verdict {
	if m == m.Base() && len(earlier) > 1 {
		earlier = earlier[len(earlier)-1:]
	}
	for _, before := range earlier {
		var v Verdict
		if base := m.Base(); base == Backward || base == Full {
			v.Backward = Compatible(next, before)
		}
		if base := m.Base(); base == Forward || base == Full {
			v.Forward = Compatible(before, next)
		}
		if !v.OK() {
			return v
		}
	}
	return Verdict{}
}
