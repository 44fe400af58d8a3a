package expression

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/common"
)

// syntaxProblems puts the parser's first complaint into our words: those after it follow from it.
func syntaxProblems(r *report, errs []*common.Error) {
	for _, err := range errs {
		what, fix, code := syntaxWords(r, err)
		start := r.byteAt(r.runeOffset(err.Location))
		r.add(Problem{Offset: start, End: r.tokenEnd(start), Code: code, What: what, Fix: fix})
		return
	}
}

// runeOffset is the offset in runes of a location, whose line counts from 1 and whose column from 0.
func (r *report) runeOffset(l common.Location) int {
	line, offset := 1, 0
	for _, c := range r.src {
		if line >= l.Line() {
			break
		}
		if c == '\n' {
			line++
		}
		offset++
	}
	return offset + max(l.Column(), 0)
}

// foreign are the operators of other languages.
var foreign = map[string]string{
	"=": "==", "&": "&&", "|": "||", "and": "&&", "AND": "&&", "or": "||", "OR": "||", "not": "!", "NOT": "!",
	"is": "== or !=", "IS": "== or !=", "IN": "in", "between": "x >= a && x <= b", "BETWEEN": "x >= a && x <= b",
	"like": "x.contains(…), x.startsWith(…) or x.matches(…)", "LIKE": "x.contains(…), x.startsWith(…) or x.matches(…)",
	"if": "condition ? a : b", "then": "condition ? a : b", "else": "condition ? a : b",
}

var (
	// inFollows is SQL's `not in`, from the first word on.
	inFollows = regexp.MustCompile(`^not\s+(in|IN)\b`)
	// inParentheses is a list as SQL writes it, up to its first comma.
	inParentheses = regexp.MustCompile(`\bin\s*\([^()]*$`)
)

// curly are the quotes that word processors write, by what stands for them here.
var curly = map[string]string{"‘": "'", "’": "'", "“": `"`, "”": `"`, "„": `"`, "«": `"`, "»": `"`, "´": "'", "`": "'"}

func syntaxWords(r *report, err *common.Error) (what, fix string, code Code) {
	start := r.byteAt(r.runeOffset(err.Location))
	rest := r.src[start:]
	word := r.src[start:r.tokenEnd(start)]
	message := err.Message
	switch {
	case strings.Contains(message, "recursion"), strings.Contains(message, "nesting"), strings.Contains(message, "size limit"):
		return "the expression is nested too deep", "", Limit
	case strings.Contains(message, "invalid argument to has()"):
		return "has takes a field", "for example has(value.name)", Syntax
	case strings.Contains(message, "must be a simple name"):
		return "a macro's first argument is the name of its variable", `for example value.tags.exists(t, t == "new")`, Syntax
	case strings.Contains(message, "invalid int literal"), strings.Contains(message, "invalid uint literal"):
		return "the number does not fit into 64 bits", "", Syntax
	case strings.Contains(message, "token recognition error") && strings.IndexAny(rest, `"'`) == 0:
		if strings.Contains(rest, `\`) {
			return "the text has an escape that does not exist, or no closing " + rest[:1], `for a plain backslash write \\ or r"…"`, Syntax
		}
		return "the text has no closing " + rest[:1], "", Unclosed
	case strings.Contains(message, "'[?'"), strings.Contains(message, "expecting ':'") && strings.Contains(r.src, "?."):
		return "there is no optional access with ?. and [?]", "test for null instead: x != null && …", Syntax
	case strings.HasPrefix(word, "in") && strings.HasSuffix(strings.TrimSpace(r.src[:start]), "not"), word == "not" && inFollows.MatchString(rest):
		return "unexpected not in", "write !(x in [a, b])", Syntax
	case strings.HasSuffix(strings.TrimSpace(r.src[:start]), "not"):
		return "unexpected not", "write !", Syntax
	case strings.HasPrefix(rest, "?") && strings.HasSuffix(r.src[:start], "?"):
		return "unexpected ??", "write x != null ? x : y", Syntax
	case word == "," && inParentheses.MatchString(r.src[:start]):
		return "unexpected ,", "a list stands in brackets: x in [a, b]", Syntax
	case (word == ")" || word == "]" || word == "}") && unclosed(r.src[:start]) == "":
		return "unexpected " + word, "nothing before it opens it; take it away, or open it", Syntax
	case word == ";":
		return "unexpected ;", "take it away", Syntax
	case strings.HasPrefix(word, "_") && strings.TrimLeft(word, "_0123456789") == "":
		return "unexpected " + word, "write numbers without _", Syntax
	case word == "$":
		return "unexpected $", "variables are not expanded inside expressions; write the value out", Syntax
	case curly[word] != "":
		return "unexpected " + word, "write the straight quote " + curly[word], Syntax
	case word == "=" && strings.HasSuffix(r.src[:start], "="):
		return "unexpected " + r.src[start-2:start+1], "write " + r.src[start-2:start], Syntax
	case strings.HasPrefix(rest, ">") && strings.HasSuffix(r.src[:start], "-"):
		return "unexpected ->", "write .", Syntax
	case strings.HasPrefix(rest, ">") && strings.HasSuffix(r.src[:start], "<"):
		return "unexpected <>", "write !=", Syntax
	case foreign[word] != "":
		return "unexpected " + word, "write " + foreign[word], Syntax
	case strings.Contains(message, "'<EOF>' expecting"), strings.Contains(message, "at '<EOF>'"), strings.TrimSpace(rest) == "":
		if open := unclosed(r.src); open != "" {
			return "the expression ends too early", open + " is not closed", Unclosed
		}
		if strings.Contains(message, "expecting ':'") {
			return "the expression ends too early", "after ? and a result come : and another result", Syntax
		}
		return "the expression ends too early", "", Syntax
	case strings.HasSuffix(message, "expecting <EOF>"):
		return "unexpected " + strings.TrimSpace(word), "an operator such as && or == is missing before it", Syntax
	}
	return "unexpected " + strings.TrimSpace(word), "", Syntax
}

// unclosed gives the last opening bracket that has no closing one.
func unclosed(src string) string {
	var open []byte
	var quote byte
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte("([{", c) >= 0:
			open = append(open, c)
		case strings.IndexByte(")]}", c) >= 0 && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return ""
	}
	return string(open[len(open)-1])
}
