package topology

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// passwordKey finds the key of a password, misspelt ones included, and what stands behind it on the line.
var passwordKey = regexp.MustCompile(`(?i)\bpas+(?:w|o|ph)[a-z]*["']?\s*:(.*)$`)

// secretPlace is where a secret is to be found: as a password it is nothing to hide.
var secretPlace = regexp.MustCompile(`^\s*\{?(?:,?\s*["']?(?:fromEnv|fromFile)["']?\s*:\s*[^\s,{}]+\s*){1,2}(?:\}[\s,}]*)?(?:#.*)?$`)

// harmless are the words that a place is made of, misspelt or not.
var harmless = regexp.MustCompile(`(?i)^(?:from|env|file|path|name|variable|[a-z]{0,6}(?:env|file)[a-z]{0,6})$`)

// word is what a password may be made of, between the signs of YAML.
var word = regexp.MustCompile("[^\\s'\"`{}\\[\\],:&*!|>%@?#$-][^\\s'\"`{}\\[\\],:]*")

// flowValue is a value in a map of braces, and what comes behind it.
var flowValue = regexp.MustCompile(`^(\s*(?:[^\s,{}\[\]'"][^,{}\[\]'"]*|'[^']*'|"[^"\\]*"))(,.*|\s*\}[}\s]*)$`)

// hidden are the passwords that stand in a file against the rules. Neither their lines nor their words are shown again.
type hidden struct {
	lines map[int]shown // by number, from 1
	words []*regexp.Regexp
}

// shown is what of a line with a password may be shown: what stands before it and behind it.
type shown struct{ before, after string }

const (
	hiddenLeast  = 3 // characters of a word that is looked for
	hiddenPrefix = 8 // by so many it is found where it was cut short
)

// redact takes the passwords out of what is said about a file.
func redact(problems diagnostic.Problems, lines []string) {
	if len(problems) == 0 {
		return
	}
	var h hidden
	for i, line := range lines {
		at := passwordKey.FindStringSubmatchIndex(line)
		if at == nil {
			continue
		}
		before, after, value := line[:at[2]], "", append([]string{line[at[2]:]}, following(lines, i)...)
		if flow := flowValue.FindStringSubmatch(value[0]); flow != nil && strings.Contains(before, "{") {
			value, after = flow[1:2], flow[2]
		}
		if !isPlace(value) {
			h.hide(i+1, shown{before, after}, value)
		}
	}
	for i := range problems {
		h.clean(&problems[i])
	}
}

// following are the lines that may belong to the value of a key on line i.
func following(lines []string, i int) []string {
	indent := indentOf(lines[i])
	end := i + 1
	for ; end < len(lines); end++ {
		deep, text := indentOf(lines[end]), strings.TrimSpace(lines[end])
		if text != "" && deep <= indent && !(deep == indent && strings.HasPrefix(text, "-")) {
			break
		}
	}
	return lines[i+1 : end]
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// isPlace tells whether the value is nothing but a place to find it, on its key's line or alone on the next.
func isPlace(value []string) bool {
	value = slices.DeleteFunc(slices.Clone(value), func(s string) bool { s = strings.TrimSpace(s); return s == "" || s[0] == '#' })
	return len(value) > 0 && secretPlace.MatchString(value[0]) && (len(value) == 1 || strings.Contains(value[0], "}"))
}

func (h *hidden) hide(line int, s shown, value []string) {
	if h.lines == nil {
		h.lines = map[int]shown{}
	}
	for i, text := range value {
		h.lines[line+i] = s
		s = shown{}
		for _, w := range word.FindAllString(text, -1) {
			if runes := []rune(w); len(runes) >= hiddenLeast && !harmless.MatchString(w) {
				prefix := string(runes[:min(len(runes), hiddenPrefix)])
				h.words = append(h.words, regexp.MustCompile(regexp.QuoteMeta(prefix)+"[^\\s'\"`]*"))
			}
		}
	}
}

func (h *hidden) clean(p *diagnostic.Problem) {
	if s, ok := h.lines[p.Line]; ok && p.Source != "" {
		first, last := utf8.RuneCountInString(s.before), utf8.RuneCountInString(p.Source)-utf8.RuneCountInString(s.after)
		if p.Column+p.Width > first && p.Column <= last {
			p.Width = 1
		}
		p.Source = s.before + " ***" + s.after
	}
	for _, w := range h.words {
		p.Source = w.ReplaceAllString(p.Source, "***")
		p.What = w.ReplaceAllString(p.What, "***")
		p.Remedy = w.ReplaceAllString(p.Remedy, "***")
	}
}
