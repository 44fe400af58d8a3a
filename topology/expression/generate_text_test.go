package expression

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// writer draws the text of expressions over fields.
type writer struct {
	t       *rapid.T
	fields  []field
	guarded map[string]bool
}

func (w *writer) pick(of ...string) string { return rapid.SampledFrom(of).Draw(w.t, "pick") }

// field draws a field of one of the kinds that may be read here; empty where there is none.
func (w *writer) field(kinds ...string) string {
	var have []string
	for _, f := range w.fields {
		for _, kind := range kinds {
			if f.kind == kind && (!f.nullable || w.guarded[f.path] || rapid.IntRange(0, 19).Draw(w.t, "unguarded") == 0) {
				have = append(have, f.path)
			}
		}
	}
	if len(have) == 0 {
		return ""
	}
	return rapid.SampledFrom(have).Draw(w.t, "field")
}

// or draws a field of the kinds, and where there is none gives the literal instead.
func (w *writer) or(literal string, kinds ...string) string {
	if f := w.field(kinds...); f != "" {
		return f
	}
	return literal
}

func (w *writer) boolean(depth int) string {
	if depth <= 0 {
		return w.or(w.pick("true", "false"), "bool")
	}
	d := depth - 1
	switch rapid.IntRange(0, 15).Draw(w.t, "bool form") {
	case 0, 1, 2:
		return w.guard(d)
	case 3:
		return "(" + w.boolean(d) + " && " + w.boolean(d) + ")"
	case 4:
		return "(" + w.boolean(d) + " || " + w.boolean(d) + ")"
	case 5:
		return "!" + w.boolean(d)
	case 6:
		return "(" + w.boolean(d) + " ? " + w.boolean(d) + " : " + w.boolean(d) + ")"
	case 7, 8:
		return w.compare(w.integer(d), w.integer(d))
	case 9:
		return w.compare(w.double(d), w.double(d))
	case 10:
		return fmt.Sprintf("(%s %s %s)", w.integer(d), w.pick("<", ">=", ">", "<="), w.double(d))
	case 11:
		return w.compare(w.text(d), w.text(d))
	case 12:
		return w.compare(w.time(d), w.time(d))
	case 13:
		return w.search(d)
	case 14:
		return fmt.Sprintf("%s.%s(%s)", w.text(d), w.pick("contains", "startsWith", "endsWith"), w.text(d))
	}
	return w.rare(d)
}

// guard draws a test for null and something behind it.
func (w *writer) guard(d int) string {
	var maybe []field
	for _, f := range w.fields {
		if f.nullable {
			maybe = append(maybe, f)
		}
	}
	f := rapid.SampledFrom(maybe).Draw(w.t, "guarded")
	test := f.path + " != null"
	if strings.HasPrefix(f.path, "value.") {
		test = w.pick(test, "has("+f.path+")", "!("+f.path+" == null)")
	}
	before := w.guarded[f.path]
	w.guarded[f.path] = true
	rest := w.boolean(d)
	w.guarded[f.path] = before
	switch rapid.IntRange(0, 3).Draw(w.t, "guard form") {
	case 0:
		return "(" + f.path + " == null || " + rest + ")"
	case 1:
		return "(" + test + " ? " + rest + " : " + w.boolean(d-1) + ")"
	case 2:
		// A test whose condition may fail lets && go on without it: then reading the null must fail as well.
		return fmt.Sprintf(`((%s ? %s : %s) && %s)`, w.pick(`1 / size("") > 0`, w.boolean(d-1)), test, test, reading(f, rest))
	}
	return "(" + test + " && " + rest + ")"
}

// reading is a condition that reads f, or rest where f cannot be compared.
func reading(f field, rest string) string {
	literal, ok := map[string]string{"int": "1", "long": "1", "double": "0.5", "string": `"a"`, "enum": `"RED"`, "bool": "true"}[f.kind]
	if !ok {
		return rest
	}
	return f.path + " == " + literal
}

func (w *writer) compare(a, b string) string {
	return fmt.Sprintf("(%s %s %s)", a, w.pick("==", "!=", "<", "<=", ">", ">="), b)
}

func (w *writer) search(d int) string {
	switch rapid.IntRange(0, 4).Draw(w.t, "search") {
	case 0:
		return fmt.Sprintf(`(%s in ["a", "RED", %q])`, w.text(d), w.pick(someStrings...))
	case 1:
		return fmt.Sprintf(`(%s in [1, 18, -1])`, w.integer(d))
	case 2:
		return fmt.Sprintf("(%s in %s)", w.text(d), w.or(`["a"]`, "strings", "maybes", "strmap", "longmap"))
	case 3:
		return fmt.Sprintf("(%s in %s)", w.integer(d), w.or("[1]", "ints"))
	}
	return fmt.Sprintf("(%s in %s)", w.text(d), w.or(`["b"]`, "strmap", "longmap", "maybemap"))
}

// rare draws what closures leave to cel-go, or nearly.
func (w *writer) rare(d int) string {
	switch rapid.IntRange(0, 4).Draw(w.t, "rare") {
	case 0:
		return w.or(`["a"]`, "strings") + ".exists(x, x == " + w.text(d) + ")"
	case 1:
		return w.or(`[1]`, "ints") + ".all(x, x > " + w.integer(d) + ")"
	case 2:
		return w.compare("duration(\"1h\")", w.or(`duration("1s")`, "clock"))
	case 3:
		if m := w.field("maybemap"); m != "" {
			return fmt.Sprintf(`(%s["a"] != null && %s["a"] > %s)`, m, m, w.integer(d))
		}
	}
	return w.text(d) + `.matches("^a?b*$")`
}

func (w *writer) integer(depth int) string {
	d := depth - 1
	form := rapid.IntRange(0, 9).Draw(w.t, "int form")
	switch {
	case form == 0:
		return fmt.Sprint(rapid.SampledFrom(someLongs).Draw(w.t, "literal"))
	case depth <= 0 || form < 4:
		return w.or("1", "int", "long")
	case form < 6:
		return "(" + w.integer(d) + " " + w.pick("+", "-", "*", "/", "%") + " " + w.integer(d) + ")"
	case form == 6:
		return "size(" + w.or(w.text(d), "strings", "ints", "strmap", "maybes", "longmap") + ")"
	case form == 7:
		return w.time(d) + w.pick(".getFullYear()", ".getMonth()", ".getDate()", ".getHours()", `.getDayOfWeek("Europe/Berlin")`)
	case form == 8:
		return w.pick("-", "int") + "(" + w.pick(w.integer(d), w.integer(d)) + ")"
	}
	if m := w.field("longmap"); m != "" {
		return m + `["a"]`
	}
	if a := w.field("ints"); a != "" {
		return a + "[1]"
	}
	return "int(" + w.double(d) + ")"
}

func (w *writer) double(depth int) string {
	if depth <= 0 {
		return w.or(w.pick("0.5", "18.0", "-1.0"), "double", "float")
	}
	switch rapid.IntRange(0, 4).Draw(w.t, "double form") {
	case 0:
		return "(" + w.double(depth-1) + " " + w.pick("+", "-", "*", "/") + " " + w.double(depth-1) + ")"
	case 1:
		return "double(" + w.integer(depth-1) + ")"
	}
	return w.or(w.pick("0.5", "18.0"), "double", "float")
}

func (w *writer) text(depth int) string {
	switch rapid.IntRange(0, 4).Draw(w.t, "text form") {
	case 0:
		return fmt.Sprintf("%q", w.pick("a", "b", "", "é"))
	case 1:
		if m := w.field("strmap"); m != "" {
			return m + w.pick(`["a"]`, ".b")
		}
	case 2:
		if a := w.field("strings"); a != "" {
			return a + w.pick("[0]", "[1]", "[-1]")
		}
	case 3:
		if depth > 0 {
			return "(" + w.boolean(depth-1) + " ? " + w.text(depth-1) + " : " + w.text(depth-1) + ")"
		}
	}
	return w.or(`"a"`, "string", "enum")
}

func (w *writer) time(depth int) string {
	switch rapid.IntRange(0, 4).Draw(w.t, "time form") {
	case 0:
		return `timestamp("2023-11-14T22:13:20Z")`
	case 1:
		if depth > 0 {
			return "(" + w.time(depth-1) + w.pick(" + ", " - ") + w.or(`duration("36h1ns")`, "clock") + ")"
		}
	}
	return w.or("timestamp", "time", "millis", "date")
}
