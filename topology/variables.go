package topology

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/anabranch-go/anabranch/topology/document"
)

// variable is a ${VAR} at the beginning of a text.
var variable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

// hasVariable tells whether a text has a ${VAR} that would be expanded.
func hasVariable(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, "$${", ""), "${")
}

// expand replaces ${VAR} and ${VAR:-default} in a scalar; $${ stays as ${. What a variable holds is never looked at again.
func (r *reader) expand(n *document.Node) (string, bool) {
	var b strings.Builder
	ok := true
	for at := 0; at < len(n.Value); {
		rest := n.Value[at:]
		dollar := strings.IndexByte(rest, '$')
		if dollar < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:dollar])
		at, rest = at+dollar, rest[dollar:]
		switch match := variable.FindStringSubmatch(rest); {
		case strings.HasPrefix(rest, "$${"):
			b.WriteString("${")
			at += len("$${")
		case match != nil:
			value, found := r.lookup(match[1], match[2] != "", match[3])
			if !found {
				r.report(n.ProblemIn(at, len(match[0]), "A0901", fmt.Sprintf("the variable %s is not set", match[1]),
					fmt.Sprintf("set it, or give it a default: ${%s:-value}", match[1])))
				ok = false
			}
			b.WriteString(value)
			at += len(match[0])
		case strings.HasPrefix(rest, "${"):
			r.report(n.ProblemIn(at, 2, "A0902", fmt.Sprintf("%q is not a variable", shorten(rest)),
				"write ${NAME} or ${NAME:-default}, or $${ for the signs themselves"))
			return "", false
		default:
			b.WriteByte('$')
			at++
		}
	}
	return b.String(), ok
}

// lookup finds a variable as a shell does: a default stands in for one that is unset or empty.
func (r *reader) lookup(name string, hasDefault bool, fallback string) (string, bool) {
	value, found := r.env(name)
	if hasDefault && value == "" {
		return fallback, true
	}
	return value, found
}

func (r *reader) env(name string) (string, bool) {
	if r.options.Env != nil {
		return r.options.Env(name)
	}
	return os.LookupEnv(name)
}
