package diagnostic

import (
	"embed"
	"slices"
	"strings"
)

// Explanation is the long form of what a code means.
type Explanation struct {
	Text string // paragraphs, lines of at most 96 characters
	// Wrong is a part of a pipeline file with this mistake, Right the same part without it. Both are empty where no few lines show it.
	Wrong, Right string
}

//go:embed help/*.md
var helpFiles embed.FS

// Explain gives the long help of a code: the text before the headings Wrong and Right of help/CODE.md, and the code block under each.
func (c Code) Explain() Explanation {
	text, err := helpFiles.ReadFile("help/" + c.ID + ".md")
	if err != nil {
		return Explanation{}
	}
	intro, examples, _ := strings.Cut(string(text), "\n## Wrong\n")
	wrong, right, _ := strings.Cut(examples, "\n## Right\n")
	return Explanation{Text: strings.TrimSpace(intro), Wrong: block(wrong), Right: block(right)}
}

// block is what stands between the fences.
func block(text string) string {
	_, text, _ = strings.Cut(text, "```")
	_, text, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, "\n```")
	return text
}

// Lookup finds a code by its identifier, in capitals or not.
func Lookup(id string) (Code, bool) {
	i := slices.IndexFunc(codes, func(c Code) bool { return strings.EqualFold(c.ID, strings.TrimSpace(id)) })
	if i < 0 {
		return Code{}, false
	}
	return codes[i], true
}

// Group is a range of codes about one thing.
type Group struct {
	ID    string // how its codes begin: A01
	Name  string
	Codes []Code
}

// Groups gives all codes by group, in order.
func Groups() []Group {
	all := slices.Clone(groups)
	for i := range all {
		for _, c := range codes {
			if strings.HasPrefix(c.ID, all[i].ID) {
				all[i].Codes = append(all[i].Codes, c)
			}
		}
	}
	return all
}

var groups = []Group{
	{ID: "A01", Name: "YAML"},
	{ID: "A02", Name: "the grammar"},
	{ID: "A03", Name: "the graph of streams and operators"},
	{ID: "A04", Name: "topics"},
	{ID: "A05", Name: "types"},
	{ID: "A06", Name: "expressions"},
	{ID: "A07", Name: "operators"},
	{ID: "A08", Name: "sub-topologies"},
	{ID: "A09", Name: "variables and secrets"},
	{ID: "A10", Name: "tests"},
}
