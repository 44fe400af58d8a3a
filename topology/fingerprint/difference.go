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

// Differences are those of operators, of the contracts of edges that both have, and of the dead letters' topic.
func Differences(from, to *Sub) []Difference {
	var all []Difference
	old, now := map[string]Operator{}, map[string]Operator{}
	for _, op := range from.Operators {
		old[op.Name] = op
	}
	for _, op := range to.Operators {
		now[op.Name] = op
		if before, both := old[op.Name]; both && before.Type == op.Type {
			all = append(all, operatorDifferences(before, op)...)
			continue
		}
		all = append(all, Difference{"operator", op.Name, old[op.Name].Type, op.Type})
	}
	for _, op := range from.Operators {
		if _, both := now[op.Name]; !both {
			all = append(all, Difference{"operator", op.Name, op.Type, ""})
		}
	}
	all = append(all, contractDifferences(from, to)...)
	if from.DeadLetters != to.DeadLetters {
		all = append(all, Difference{"dead letters", "on_error.dead_letter", from.DeadLetters, to.DeadLetters})
	}
	return all
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
