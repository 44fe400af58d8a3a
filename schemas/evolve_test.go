package schemas

import (
	"fmt"
	"maps"
	"slices"
)

// evolve draws a schema that is like one, as the next version of a schema is. breaks tells whether it may be one that cannot
// read what the first wrote.
func (g *generator) evolve(drawn any, breaks bool) any {
	switch x := drawn.(type) {
	case string:
		return g.evolveName(x, breaks)
	case []any:
		return g.evolveUnion(x, breaks)
	case map[string]any:
		next := g.evolveObject(maps.Clone(x), breaks)
		if g.pick(8, "wrap") == 0 {
			return []any{"null", next}
		}
		return next
	}
	return drawn
}

func (g *generator) evolveName(name string, breaks bool) any {
	if to := promotions[Kind(name)]; len(to) > 0 && g.pick(3, "promote") == 0 {
		name = string(to[g.pick(len(to), "to")])
	}
	if breaks && g.pick(12, "break") == 0 {
		name = []string{"int", "string", "boolean"}[g.pick(3, "other")]
	}
	if name != "null" && g.pick(6, "wrap") == 0 {
		return []any{name, "null"}
	}
	return name
}

func (g *generator) evolveObject(x map[string]any, breaks bool) any {
	switch x["type"] {
	case "record":
		return g.evolveRecord(x, breaks)
	case "enum":
		symbols := shuffled(g, []string{"A", "B", "C", "D"})
		if !breaks || g.pick(3, "default") > 0 {
			x["default"] = symbols[0]
		}
		x["symbols"] = symbols[:1+g.pick(4, "symbols")]
	case "array":
		x["items"] = g.evolve(x["items"], breaks)
	case "map":
		x["values"] = g.evolve(x["values"], breaks)
	case "fixed":
		if breaks && g.pick(8, "size") == 0 && x["logicalType"] == nil {
			x["size"] = x["size"].(int) + 1
		}
	case "bytes":
		if breaks && g.pick(4, "scale") == 0 {
			x["scale"] = 3
		}
	}
	return x
}

// added are fields that a reader may have and a writer not.
var added = []map[string]any{
	{"type": "int", "default": 7},
	{"type": []any{"null", "string"}, "default": nil},
	{"type": "string", "default": "text"},
	{"type": map[string]any{"type": "array", "items": "double"}, "default": []any{1.5, 2.5}},
	{"type": map[string]any{"type": "map", "values": []any{"int", "null"}}, "default": map[string]any{"k": 1}},
	{"type": []any{"int", "string"}, "default": 3},
	{"type": "boolean"}, // has none
}

func (g *generator) evolveRecord(x map[string]any, breaks bool) any {
	var fields []any
	for _, f := range x["fields"].([]any) {
		field := maps.Clone(f.(map[string]any))
		if field["name"] != "own" {
			field["type"] = g.evolve(field["type"], breaks)
		}
		switch g.pick(8, "field") {
		case 0:
			continue
		case 1:
			field["aliases"] = []string{field["name"].(string)}
			field["name"] = g.name("renamed")
		}
		fields = append(fields, field)
	}
	for range g.pick(3, "new") {
		n := len(added)
		if !breaks || g.pick(3, "without default") > 0 {
			n--
		}
		field := maps.Clone(added[g.pick(n, "added")])
		if g.pick(6, "record") == 0 {
			field = map[string]any{"type": map[string]any{"type": "record", "name": g.name("New"), "fields": []any{
				map[string]any{"name": "a", "type": "string"}, map[string]any{"name": "b", "type": []any{"null", "long"}, "default": nil},
			}}, "default": map[string]any{"a": "x"}}
		}
		field["name"] = g.name("new")
		fields = append(fields, field)
	}
	if g.pick(2, "order") == 0 {
		fields = shuffled(g, fields)
	}
	if fields == nil {
		fields = []any{}
	}
	x["fields"] = fields
	return x
}

// evolveUnion evolves branches unless that makes two alike.
func (g *generator) evolveUnion(branches []any, breaks bool) any {
	seen := map[string]bool{}
	for _, b := range branches {
		seen[branchKey(b)] = true
	}
	var next []any
	for _, b := range branches {
		if breaks && len(branches) > 1 && g.pick(10, "drop") == 0 {
			continue
		}
		made := g.evolve(b, breaks)
		if union, ok := made.([]any); ok {
			made = union[slices.IndexFunc(union, func(x any) bool { return x != "null" })]
		}
		if key := branchKey(made); key != branchKey(b) {
			if seen[key] {
				made = b
			}
			seen[key] = true
		}
		next = append(next, made)
	}
	if g.pick(3, "add") == 0 && !seen["boolean"] {
		next = append(next, "boolean")
	}
	if g.pick(2, "order") == 0 {
		next = shuffled(g, next)
	}
	if len(next) == 0 {
		return branches
	}
	return next
}

// branchKey is what two branches of a union may not share.
func branchKey(branch any) string {
	if object, ok := branch.(map[string]any); ok {
		if object["name"] == nil {
			return fmt.Sprint(object["type"])
		}
		return fmt.Sprint(object["name"])
	}
	return fmt.Sprint(branch)
}

func shuffled[T any](g *generator, list []T) []T {
	list = slices.Clone(list)
	for i := len(list) - 1; i > 0; i-- {
		j := g.pick(i+1, "shuffle")
		list[i], list[j] = list[j], list[i]
	}
	return list
}
