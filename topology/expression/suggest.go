package expression

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// MaxListed is how many names a message lists at most.
const MaxListed = 8

// suggest says which of the names have was meant by name, or lists them.
func suggest(name string, have []string) string {
	if best, ok := nearest(name, have); ok {
		return "did you mean " + best + "?"
	}
	switch {
	case len(have) == 0:
		return ""
	case len(have) > MaxListed:
		return "it has " + strings.Join(have[:MaxListed], ", ") + " and others"
	}
	return "it has " + strings.Join(have, ", ")
}

// nearest finds the name in have that differs from name by few letters, up to a third of them, rounded up; by more than
// one, or in a name of one or two letters, the first must be the same. Of several it is the one that begins most like name.
func nearest(name string, have []string) (best string, ok bool) {
	limit := (len(name)+2)/3 + 1
	for _, h := range have {
		d := distance(strings.ToLower(name), strings.ToLower(h), limit+1)
		if squeeze(name) == squeeze(h) {
			d = 0
		}
		if (d > 1 || len(name) < 3) && alike(strings.ToLower(name), strings.ToLower(h)) == 0 {
			continue
		}
		if d < limit || ok && d == limit && alike(name, h) > alike(name, best) {
			best, ok, limit = h, true, d
		}
	}
	return best, ok
}

// alike is how many letters a and b begin with alike.
func alike(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// squeeze makes userId, user_id and UserID the same.
func squeeze(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// distance is how many letters must be inserted, deleted, replaced or swapped with the next to turn a into b
// (optimal string alignment); from limit on it may be any number that is not below it.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// unknownName reports a name that is neither the event's nor a macro's variable.
func (l *lowering) unknownName(e ast.Expr, name string) ast.Expr {
	have := []string{"value", "key", "timestamp"}
	for _, v := range l.scope {
		if !isMine(v.name) {
			have = append(have, v.name)
		}
	}
	what := "unknown name " + name
	switch lower := strings.ToLower(name); {
	case lower == "true" || lower == "false":
		return l.bad(e, UnknownName, what, "write "+lower)
	case nullWords[lower]:
		return l.bad(e, UnknownName, what, "write null")
	}
	if l.env.Value != nil && l.env.Value.Field(name) != nil {
		return l.bad(e, UnknownName, what, "fields are named from value: value."+name)
	}
	if best, ok := nearest(name, have); ok {
		return l.bad(e, UnknownName, what, "did you mean "+best+"?")
	}
	if slices.Contains([]string{"this", "it", "event", "record", "payload", "message"}, name) {
		return l.bad(e, UnknownName, what, "write value")
	}
	if l.env.Value != nil {
		if best, ok := nearest(name, fieldNames(l.env.Value)); ok {
			return l.bad(e, UnknownName, what, "did you mean value."+best+"?")
		}
	}
	if name == "headers" || name == "header" {
		return l.bad(e, UnknownName, what, `write header("name")`)
	}
	if l.isBare(e) {
		return l.bad(e, UnknownName, what, `a text stands in quotes: "`+name+`"; an expression names value, key, timestamp and header("name")`)
	}
	return l.bad(e, UnknownName, what, `an expression names value, key, timestamp and header("name")`)
}

// isBare tells whether e could be a text whose quotes were forgotten: upper case, as symbols are.
func (l *lowering) isBare(e ast.Expr) bool {
	return e.AsIdent() == strings.ToUpper(e.AsIdent())
}

// unknownFunction reports a function that does not exist here.
func (l *lowering) unknownFunction(e ast.Expr, name string) ast.Expr {
	what := "unknown function " + name
	switch name {
	case "now":
		return l.bad(e, UnknownFunc, "there is no now(): an expression gives the same answer whenever it runs", "timestamp is the event's time")
	case "dyn", "type":
		return l.bad(e, UnknownFunc, name+" is not available", "every value has its type from the schema")
	case "lower", "upper", "lowerAscii", "upperAscii", "trim", "toLower", "toUpper", "toLowerCase", "toUpperCase", "lowercase", "uppercase", "equalsIgnoreCase":
		return l.bad(e, UnknownFunc, what, `text functions are contains, startsWith, endsWith, matches and size; matches("(?i)…") ignores case`)
	case "length", "len", "lenght", "count", "strlen":
		return l.bad(e, UnknownFunc, what, "write size")
	case "any", "some", "every":
		meant := map[bool]string{true: "all", false: "exists"}[name == "every"]
		return l.bad(e, UnknownFunc, what, "write "+meant+", for example value.tags."+meant+`(t, t == "new")`)
	case "getYear", "year":
		return l.bad(e, UnknownFunc, what, "write getFullYear")
	case "beginsWith", "hasPrefix":
		return l.bad(e, UnknownFunc, what, "write startsWith")
	case "hasSuffix":
		return l.bad(e, UnknownFunc, what, "write endsWith")
	case "containsKey", "hasKey", "has_key", "includes":
		return l.bad(e, UnknownFunc, what, `write "x" in value.tags`)
	case "isNull", "is_null":
		return l.bad(e, UnknownFunc, what, "compare with null: x == null")
	case "has":
		return l.bad(e, UnknownFunc, "has takes a field", "for example has(value.name)")
	case "exists", "all", "exists_one", "filter", "map":
		return l.bad(e, UnknownFunc, name+" takes a variable and an expression over it", "for example value.tags."+name+`(t, t == "new")`)
	}
	have := []string{"header", "has", "exists", "all", "exists_one", "filter", "map"}
	for known := range l.known {
		if known[0] >= 'a' && known[0] <= 'z' || known[0] >= 'A' && known[0] <= 'Z' {
			have = append(have, known)
		}
	}
	slices.Sort(have)
	if best, ok := nearest(name, have); ok {
		return l.bad(e, UnknownFunc, what, "did you mean "+best+"?")
	}
	return l.bad(e, UnknownFunc, what, "functions are size, contains, startsWith, endsWith, matches, int, double, string, timestamp, duration, header, has, exists, all and the get… functions of times")
}
