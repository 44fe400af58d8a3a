package document

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// repair makes a text readable that is no YAML: what is at fault is masked, so that the rest of the file is read all the same and
// the mistake hides no other. Columns stay what they are in the file.
type repair struct {
	file  *File
	lines []string       // of the text that is read
	tried map[int]int    // by line: how many ways to mask it were tried
	raw   map[int]string // by line: what stood where the mask is
	shift map[int]int    // by line: how many columns the text stands further left than in the file
	told  map[int]bool   // lines that a problem was reported of
	// off is true where the file has the mask itself: then nothing is repaired.
	off bool
}

// maskRune stands where something was masked. No file has it that is repaired.
const maskRune = '\ue000'

const mask = string(maskRune)

// repairsMax is how many times a text is repaired. Each mistake of YAML takes one.
const repairsMax = 100

func newRepair(f *File) *repair {
	r := &repair{file: f, lines: slices.Clone(f.lines), tried: map[int]int{}, raw: map[int]string{}, shift: map[int]int{}, told: map[int]bool{}}
	r.off = slices.ContainsFunc(f.lines, func(line string) bool { return strings.ContainsRune(line, maskRune) })
	return r
}

func (r *repair) text() string { return strings.Join(r.lines, "\n") }

// masked tells whether a scalar has something masked, and what stood there in the file.
func (r *repair) masked(value string, line int) (string, bool) {
	if r.off || !strings.ContainsRune(value, maskRune) {
		return value, false
	}
	return r.value(value, line), true
}

func (r *repair) value(masked string, line int) string {
	if raw, ok := r.raw[line]; ok && masked == mask {
		return raw
	}
	return strings.ReplaceAll(masked, mask, "?")
}

// tabs gives lines that tabs indent spaces instead: as many as the line above or below has.
func (r *repair) tabs(line int) bool {
	done := false
	for ; line <= len(r.lines); line++ {
		text := r.lines[line-1]
		rest := strings.TrimLeft(text, " \t")
		if !strings.Contains(text[:len(text)-len(rest)], "\t") {
			break
		}
		width := r.neighbour(line)
		r.shift[line] = len(text) - len(rest) - width
		r.lines[line-1] = strings.Repeat(" ", width) + rest
		r.told[line], done = true, true
	}
	return done
}

// outdent gives a key, and those that stand straight below it, the indentation of the line above.
func (r *repair) outdent(line int) bool {
	if line < 2 || entry.FindString(r.lines[line-1]) == "" || entry.FindString(r.lines[line-2]) == "" {
		return false
	}
	deep, width := indentOf(r.lines[line-1]), indentOf(r.lines[line-2])
	if deep <= width {
		return false
	}
	for ; line <= len(r.lines) && indentOf(r.lines[line-1]) == deep; line++ {
		r.shift[line] += deep - width
		r.lines[line-1] = r.lines[line-1][deep-width:]
		r.told[line] = true
	}
	return true
}

// align gives a key that stands one column beside the keys above the indentation that it was meant to have, and the same to its
// siblings.
func (r *repair) align(line int) bool {
	text := r.lines[line-1]
	wrong, width := indentOf(text), r.meant(line)
	if width != wrong-1 && width != wrong+1 || entry.FindString(text) == "" || text[wrong] == '-' {
		return false
	}
	for ; line <= len(r.lines) && (indentOf(r.lines[line-1]) >= min(wrong, width) || strings.TrimSpace(r.lines[line-1]) == ""); line++ {
		if text := r.lines[line-1]; indentOf(text) == wrong && len(text) > wrong {
			r.shift[line] += wrong - width
			r.lines[line-1] = strings.Repeat(" ", width) + text[wrong:]
			r.told[line] = true
		}
	}
	return true
}

// meant is the indentation of a line above that is nearest to a line's own, and less than that of what belongs to it; -1 for none. Of
// two that are as near it is the inner one, but for a map on one line, which is more often a stream or an operator than a key of one.
func (r *repair) meant(line int) int {
	text := strings.TrimRight(r.lines[line-1], " ")
	wrong, most := indentOf(text), len(text)
	outer := strings.HasSuffix(text, "}")
	if strings.HasSuffix(text, ":") && line < len(r.lines) {
		most = max(indentOf(r.lines[line]), wrong)
	}
	best, last := -1, len(text)
	for i := line - 2; i >= 0 && last > 0; i-- {
		above := r.lines[i]
		width := indentOf(above)
		if strings.TrimSpace(above) == "" || above[width] == '#' || width >= last {
			continue
		}
		if entry.FindString(above) == "" {
			return -1
		}
		last = width
		away, least := max(width-wrong, wrong-width), max(best-wrong, wrong-best)
		if width < most && (best < 0 || away < least || away == least && outer && width > 0) {
			best = width
		}
	}
	return best
}

// neighbour is the indentation that a line most likely was to have.
func (r *repair) neighbour(line int) int {
	above := ""
	for i := line - 2; i >= 0 && strings.TrimSpace(above) == ""; i-- {
		above = r.lines[i]
	}
	if !strings.HasSuffix(strings.TrimRight(above, " "), ":") {
		return indentOf(above)
	}
	if line < len(r.lines) && !strings.HasPrefix(strings.TrimLeft(r.lines[line], " "), "\t") && indentOf(r.lines[line]) > indentOf(above) {
		return indentOf(r.lines[line])
	}
	return indentOf(above) + 2
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

var (
	// entry is a line of a map or a list: what stands before the value.
	entry = regexp.MustCompile(`^ *(?:- +)*(?:-|[\w.$/-]+ *:|"[^"]*" *:|'[^']*' *:)(?: +|$)`)
	// flowKey is a key within {…}.
	flowKey = regexp.MustCompile(`[{,] *(?:[\w.$/-]+|"[^"]*"|'[^']*'): +`)
)

// mask masks what is wrong at a place, more of it each time it is called for one line. It gives false where nothing is left to try.
func (r *repair) mask(line, column int) bool {
	if line < 1 || line > len(r.lines) {
		return false
	}
	if glued := withoutSpace.FindStringSubmatch(r.lines[line-1]); glued != nil && r.tried[line] == 0 {
		r.tried[line] = 2
		r.raw[line] = glued[2]
		r.lines[line-1] = glued[1] + " " + mask
		return true
	}
	if bare := withoutColon.FindStringSubmatch(r.lines[line-1]); bare != nil && r.tried[line] == 0 && r.colonless(line+1) == line {
		r.tried[line] = 2
		r.raw[line] = bare[3]
		r.lines[line-1] = bare[1] + bare[2] + ": " + mask
		return true
	}
	for {
		r.tried[line]++
		switch r.tried[line] {
		case 1:
			if r.flow(line, column) {
				return true
			}
		case 2:
			if r.entry(line) {
				return true
			}
		case 3:
			return r.whole(line)
		case 4:
			return r.owner(line)
		default:
			return false
		}
	}
}

// flow masks one value of a map on one line, where the map is otherwise whole.
func (r *repair) flow(line, column int) bool {
	text := r.lines[line-1]
	at := len(text) - len(from(text, column))
	start, end := -1, len(text)
	for _, key := range flowKey.FindAllStringIndex(text, -1) {
		if key[1] > at && start >= 0 {
			end = key[0]
			break
		}
		start = key[1]
	}
	if start < 0 || start >= end {
		return false
	}
	value := text[start:end]
	if end == len(text) {
		value = strings.TrimRight(value, "}] ")
	}
	if value == "" {
		return false
	}
	r.raw[line] = value
	padding := strings.Repeat(" ", utf8.RuneCountInString(value)-1)
	r.lines[line-1] = text[:start] + mask + padding + text[start+len(value):]
	return true
}

// entry masks the value of a line, and the lines that go on with it.
func (r *repair) entry(line int) bool {
	text := r.file.Line(line)
	head := entry.FindString(text)
	if head == "" || r.shift[line] != 0 {
		return false
	}
	value := text[len(head):]
	r.raw[line] = value
	for next := line + 1; next <= len(r.lines) && (indentOf(r.lines[next-1]) > indentOf(text) || r.lines[next-1] == ""); next++ {
		r.raw[line] += "\n" + r.lines[next-1]
		r.lines[next-1] = ""
	}
	r.lines[line-1] = strings.TrimRight(head, " ") + strings.Repeat(" ", max(1, len(head)-len(strings.TrimRight(head, " ")))) + mask
	return true
}

// whole makes a line an entry of which nothing is known.
func (r *repair) whole(line int) bool {
	text := r.file.Line(line)
	r.lines[line-1] = text[:indentOf(text)] + mask + ": " + mask
	r.raw[line] = strings.TrimSpace(text)
	return true
}

// owner masks the value that a line goes on with.
func (r *repair) owner(line int) bool {
	indent := indentOf(r.file.Line(line))
	for above := line - 1; above >= 1; above-- {
		if text := r.lines[above-1]; strings.TrimSpace(text) != "" && indentOf(text) < indent {
			return r.entry(above)
		}
	}
	return false
}

// unclosed finds a line above one whose text in quotes does not end there and should: the next line is not further in.
func (r *repair) unclosed(line int) int {
	for i := 1; i < min(line, len(r.lines)); i++ {
		text := r.lines[i-1]
		value := text[len(entry.FindString(text)):]
		if value == "" || value[0] != '\'' && value[0] != '"' || strings.Count(strings.ReplaceAll(value, `\"`, ""), value[:1])%2 == 0 {
			continue
		}
		if indentOf(r.lines[i]) <= indentOf(text) {
			return i
		}
	}
	return 0
}

// withoutSpace is a line whose key has no space behind its colon.
var withoutSpace = regexp.MustCompile(`^( *[A-Za-z_]+:)([^ :/].*)$`)

// glued finds the line above one whose key has no space behind its colon, so that it is a text and not an entry.
func (r *repair) glued(line int) int {
	for i := line - 1; i >= 1; i-- {
		if text := r.lines[i-1]; strings.TrimSpace(text) != "" {
			if withoutSpace.MatchString(text) {
				return i
			}
			return 0
		}
	}
	return 0
}

// withoutColon is a line whose key has no colon behind it.
var withoutColon = regexp.MustCompile(`^( *)([a-z_]+) +([^:#]+)$`)

// colonless finds the line above one that begins like a key of the same map, and has no colon.
func (r *repair) colonless(line int) int {
	if line > len(r.lines) {
		return 0
	}
	above := line - 1
	for above >= 1 && strings.TrimSpace(r.lines[above-1]) == "" {
		above--
	}
	if above < 1 || indentOf(r.lines[above-1]) != indentOf(r.lines[line-1]) || !withoutColon.MatchString(r.lines[above-1]) {
		return 0
	}
	return above
}

// from is what stands from a column on.
func from(text string, column int) string {
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	return text
}

// characters masks each character that a YAML reader does not take, and reports the first of each line.
func (r *repair) characters() (problems diagnostic.Problems) {
	for i, line := range r.lines {
		column, told := 0, false
		var b strings.Builder
		for at, c := range line {
			column++
			p, bad := r.file.character(i+1, column, c, line[at:])
			if !bad {
				b.WriteString(line[at : at+utf8.RuneLen(c)])
				continue
			}
			b.WriteRune(maskRune)
			if !told && len(problems) < ProblemsMax {
				problems = append(problems, p)
			}
			told = true
		}
		if told {
			r.lines[i] = b.String()
		}
	}
	return problems
}
