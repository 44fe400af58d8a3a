package fingerprint

import (
	"slices"
	"strings"
)

// Difference is something that two revisions say differently and that binds nobody: workers of both may run beside each
// other. From is empty for what is new, To for what is gone.
type Difference struct {
	What     string // operator, contract or dead letters
	Name     string // "eligible" for a whole operator, "eligible.where" for one thing that is said of it
	From, To string
}

// Differences are those of operators, of the contracts of edges that both have, and of the dead letters' topic. File is all
// sub-topologies of the file that to is of, and ran all that ran before, since an operator may move from one to another.
func Differences(from, to *Sub, file, ran []*Sub) []Difference {
	var all []Difference
	for _, op := range to.Operators {
		if before, both := from.operator(op.Name); both && before.Type == op.Type {
			all = append(all, operatorDifferences(before, op)...)
		} else if both || !slices.ContainsFunc(ran, func(s *Sub) bool { return s.has(op) }) {
			all = append(all, Difference{"operator", op.Name, before.Type, op.Type})
		}
	}
	for _, op := range from.Operators {
		if _, both := to.operator(op.Name); both {
			continue
		}
		if i := slices.IndexFunc(file, func(s *Sub) bool { return s.has(op) }); i >= 0 {
			now, _ := file[i].operator(op.Name)
			all = append(all, Difference{"operator", op.Name + ".sub-topology", from.Name, file[i].Name})
			all = append(all, operatorDifferences(op, now)...)
			continue
		}
		all = append(all, Difference{"operator", op.Name, op.Type, ""})
	}
	all = append(all, contractDifferences(from, to)...)
	if from.DeadLetters != to.DeadLetters {
		all = append(all, Difference{"dead letters", "on_error.dead_letter", from.DeadLetters, to.DeadLetters})
	}
	return all
}

// operator is the one of a name.
func (s *Sub) operator(name string) (Operator, bool) {
	for _, op := range s.Operators {
		if op.Name == name {
			return op, true
		}
	}
	return Operator{}, false
}

// has tells whether s has an operator of the name and the type of op.
func (s *Sub) has(op Operator) bool {
	own, there := s.operator(op.Name)
	return there && own.Type == op.Type
}

func operatorDifferences(from, to Operator) []Difference {
	var all []Difference
	old, now := settingsOf(from), settingsOf(to)
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(keys(old), keys(now)...)))) {
		if old[name] != now[name] {
			all = append(all, Difference{"operator", to.Name + "." + name, old[name], now[name]})
		}
	}
	return all
}

// settingsOf is all that is said of an operator, its streams included.
func settingsOf(op Operator) map[string]string {
	all := map[string]string{"from": strings.Join(op.From, ", "), "to": strings.Join(op.To, ", ")}
	for _, s := range op.Settings {
		all[s.Name] = s.Value
	}
	return all
}

func keys(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	return names
}

// contractDifferences are those of the streams that both have.
func contractDifferences(from, to *Sub) []Difference {
	var all []Difference
	old := map[string]Edge{}
	for _, e := range from.Edges {
		old[e.Stream] = e
	}
	for _, e := range to.Edges {
		before, both := old[e.Stream]
		if !both {
			continue
		}
		if before.Value != e.Value {
			all = append(all, Difference{"contract", e.Stream + ".value", before.Value, e.Value})
		}
		if before.Key != e.Key {
			all = append(all, Difference{"contract", e.Stream + ".key", before.Key, e.Key})
		}
	}
	return all
}
