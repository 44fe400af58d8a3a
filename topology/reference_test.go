package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestLanguageReference holds docs/reference/language.md against the language.
func TestLanguageReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The language\n\n" +
		"A pipeline file is YAML 1.2 in UTF-8. Unknown keys, keys that are there twice, tags and merge keys are errors. `${VAR}` and\n" +
		"`${VAR:-default}` are expanded in single values, and never inside expressions. The operators are [on a page of their own](operators.md),\n" +
		"and so are the [error codes](errors.md). [pipeline.v1.schema.json](../../schemas/pipeline.v1.schema.json) is the same for editors: begin\n" +
		"a file with `# yaml-language-server: $schema=PATH` to have keys completed and explained.\n")
	for _, g := range reachable(&fileGrammar) {
		describeGrammar(&b, "## "+capital(g.what), g)
	}
	for _, g := range []*grammar{&expectedGrammar, &deadGrammar} {
		describeGrammar(&b, "## "+capital(g.what), g)
	}
	b.WriteString("\n## Expressions\n\n" +
		"Expressions are [CEL](https://cel.dev) over `value`, `key`, `timestamp` and `header(\"name\")`. `value` has the stream's Avro type. What may be\n" +
		"null is tested before it is used, as in `value.note != null && value.note.startsWith(\"gift\")`; the key and headers always may be.\n" +
		"Comparisons by `<` and `>` go across numbers. There is no `now()`: an expression gives the same answer whenever it runs. An error, such\n" +
		"as an overflow, a division by zero, a key that a map has not or an index beyond an array's end, rejects the event: guard it, as in\n" +
		"`\"test\" in value.labels && value.labels[\"test\"] == \"yes\"`. Decimals, and unions of several types, cannot be read.\n\n" +
		"The functions are `size`, `contains`, `startsWith`, `endsWith`, `matches`, `int`, `double`, `string`, `timestamp`, `duration`, `header`,\n" +
		"`has`, `exists`, `all`, and those of times such as `getFullYear` and `getHours`.\n")
	inStep(t, "../docs/reference/language.md", b.String())
}

// TestOperatorReference holds docs/reference/operators.md against the language, and each example against the checks.
func TestOperatorReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The operators\n\n" +
		"An operator reads streams and writes streams. A stream has one writer and one reader: to read it twice say `copier`, to write it twice\n" +
		"say `merger`. The operators of this version pass events on unchanged, but\n" +
		"that a sharder may replace the key, and each of their outputs keeps the order of what they read.\n")
	for _, typ := range operatorTypes {
		g := operatorGrammars[typ]
		describeGrammar(&b, "## "+typ, g)
		for _, nested := range reachable(g)[1:] {
			describeGrammar(&b, "### "+capital(nested.what), nested)
		}
		example := "operators:\n  " + strings.ReplaceAll(g.example, "\n", "\n  ")
		if streams := map[string]string{"copier": "audit", "merger": "old_orders"}[typ]; streams != "" {
			example += "\nstreams:\n  orders: {topic: orders, schema: order.avsc}\n  big: {topic: big}\n  " + streams + ": {topic: other"
			if typ == "merger" {
				example += ", schema: order.avsc"
			}
			example += "}"
		}
		if got := codesOf(t, example); len(got) > 0 {
			t.Errorf("the example of %s gives %v", typ, got)
		}
	}
	inStep(t, "../docs/reference/operators.md", b.String())
}

// reachable are g and the maps within it, each once, in the order in which they come.
func reachable(g *grammar) []*grammar {
	all := []*grammar{g}
	var look func(s *shape)
	look = func(s *shape) {
		if s == nil {
			return
		}
		if s.grammar != nil && !slices.Contains(all, s.grammar) {
			for _, within := range reachable(s.grammar) {
				if !slices.Contains(all, within) {
					all = append(all, within)
				}
			}
		}
		look(s.of)
		look(s.or)
	}
	for i := range g.fields {
		look(&g.fields[i].is)
	}
	return all
}

// describeGrammar writes a heading, a sentence, an example, and a table of the keys.
func describeGrammar(b *strings.Builder, heading string, g *grammar) {
	fmt.Fprintf(b, "\n%s\n\n%s\n", heading, g.doc)
	if g.example != "" {
		fmt.Fprintf(b, "\n```yaml\n%s\n```\n", g.example)
	}
	b.WriteString("\n| key | value | default | meaning |\n|---|---|---|---|\n")
	for _, f := range g.fields {
		otherwise := f.otherwise
		if f.need || f.name == "type" {
			otherwise = "needed"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.name, f.is.inWords(), otherwise, strings.ReplaceAll(f.doc, "|", "\\|"))
	}
	if len(g.later) > 0 {
		fmt.Fprintf(b, "\nOf later versions: `%s`.\n", strings.Join(g.later, "`, `"))
	}
}

// capital makes a heading of what messages call a map.
func capital(what string) string {
	what = strings.TrimPrefix(strings.TrimPrefix(what, "a "), "an ")
	if strings.HasPrefix(what, "`") {
		return what
	}
	return strings.ToUpper(what[:1]) + what[1:]
}

// inWords says in a few words what s is.
func (s shape) inWords() string {
	text := string(s.form)
	switch s.form {
	case formWord:
		text = "`" + strings.Join(s.words, "`, `") + "`"
	case formNumber:
		text = fmt.Sprintf("%d to %d", s.low, s.high)
	case formList:
		text = "list of " + plurals(s.of.inWords())
	case formMap:
		text = "map of " + plurals(s.of.inWords())
	case formObject:
		text = "map"
		if s.grammar != nil {
			text = "[map](#" + anchor(capital(s.grammar.what)) + ")"
		}
	}
	if s.or != nil {
		text += ", or " + s.or.inWords()
	}
	return text
}

// anchor is what Markdown makes of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(heading), "`", ""), " ", "-")
}

// plurals is the plural of a word; of several words it is what they are.
func plurals(noun string) string {
	if strings.ContainsAny(noun, " ]") || noun == string(formAnything) {
		return noun
	}
	return noun + "s"
}
