package diagnostic

import (
	"regexp"
	"strings"
)

var (
	// meant is a remedy that says what is to be written in the place of what is marked.
	meant = regexp.MustCompile("^(?:did you mean|say) `?([A-Za-z0-9_./$-]+)`?[?]?$")
	// word is a marked text that can be replaced as a whole: a name, a number, in quotes or not.
	word = regexp.MustCompile(`^(?:[^\s'"\[\]{},:#]+|'[^']*')$`)
)

// Replacement gives the text that makes p right where it is written in the place of the Width characters at Line and Column. It gives
// false where the remedy is more than that.
func (p *Problem) Replacement() (string, bool) {
	line := []rune(p.Source)
	start, end := p.Column-1, p.Column-1+p.Width
	found := meant.FindStringSubmatch(p.Remedy)
	if p.Line == 0 || found == nil || start < 0 || end > len(line) || start >= end {
		return "", false
	}
	marked := string(line[start:end])
	if !word.MatchString(marked) || strings.Trim(marked, "'") == found[1] {
		return "", false
	}
	return found[1], true
}
