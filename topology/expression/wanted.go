package expression

import (
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/schemas"
)

// wanted checks that the result is of a type that its place takes.
func (c *checking) wanted() {
	root := c.parsed.Expr()
	text := c.lowering.text(root)
	if len(text) > 60 {
		text = "the expression"
	}
	refuse := func(what, fix string) {
		c.report.add(Problem{End: len(c.report.src), Code: Result, What: what, Fix: fix})
	}
	switch t := c.result; c.want {
	case Bool:
		if t.Name != "bool" {
			refuse(fmt.Sprintf("a condition must be bool; this is %s", describe(t)), conditionFix(text, t))
		}
	case Match:
		if !slices.Contains([]string{"enum", "string", "union"}, t.Name) {
			condition := "…"
			if t.Nullable {
				condition = text + " != null"
			}
			refuse(fmt.Sprintf("match takes an enum, a string or a union; this is %s", describe(t)), "choose by conditions instead: when: [{if: "+condition+", to: …}]")
		}
	case Order:
		if !slices.Contains([]string{"int", "long", "timestamp", "string"}, t.Name) {
			refuse(fmt.Sprintf("records are ordered by an int, a long, a timestamp or a string; this is %s", describe(t)), orderFix(text, t))
		}
	case Key:
		elements := []Type{t}
		if t.Name == "tuple" {
			elements = t.Elements
			if len(elements) == 0 {
				refuse("the list is empty", "name at least one field, for example [value.id]")
			}
		}
		for _, element := range elements {
			if what, fix := keyless(element, text); what != "" {
				refuse(what, fix)
			}
		}
	}
}

func describe(t Type) string {
	if t.Avro != nil {
		return avroWords(t.Avro)
	}
	return t.Name
}

func conditionFix(text string, t Type) string {
	switch t.Name {
	case "int", "long":
		return "compare it, for example " + text + " > 0"
	case "double":
		return "compare it, for example " + text + " > 0.5"
	case "string":
		return "compare it, for example " + text + ` == "…"`
	case "enum":
		return fmt.Sprintf("compare it, for example %s == %q", text, t.Symbols[0])
	case "list", "map":
		return "ask for its size, for example size(" + text + ") > 0"
	case "timestamp":
		return "compare it, for example " + text + ` > timestamp("2026-01-01T00:00:00Z")`
	}
	return ""
}

func orderFix(text string, t Type) string {
	switch t.Name {
	case "double":
		return "round it, for example int(" + text + ")"
	case "enum", "bool", "bytes":
		return "order by the time at which it came: order_by: timestamp"
	}
	return ""
}

// keyless says why a result cannot be a key; empty where it can.
func keyless(t Type, text string) (what, fix string) {
	switch t.Name {
	case "string", "int", "long", "enum", "bytes":
		return "", ""
	case "double":
		what, fix = "cannot be compared for equality reliably", "use a string, an int, a long, an enum or bytes"
	case "timestamp":
		what, fix = "has no bytes of its own as a key", "write int("+text+") for its seconds"
	case "bool":
		what, fix = "has no bytes of its own as a key", "write string("+text+"), or use a filter or a splitter"
	default:
		what, fix = "has no bytes of its own as a key", "use a string, an int, a long, an enum or bytes, or a list [a, b] of them"
	}
	return describe(t) + " " + what, fix
}

// isInt tells whether the bytes of a key of type t are 4 and not 8.
func isInt(t Type) bool { return t.Avro != nil && t.Avro.Kind == schemas.Int && t.Avro.Logical == "" }
