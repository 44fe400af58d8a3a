package topology

import (
	"fmt"
	"slices"
)

// The rules about names that lead nowhere. A slip of the pen is taken for what was meant, so that it hides no other mistake.

// suggestionsMax is for how many unknown names of a file the one that was meant is looked for: with many names it takes long.
const suggestionsMax = 40

// slip is a stream that is read and that nobody writes.
type slip struct {
	*link
	readers []use
	remedy  string // names the stream that was meant; empty: none is known
}

// checkUnknown: a stream that nobody writes and that has no topic is a slip of the pen where it is read.
func (r *reader) checkUnknown(g *graph) {
	var slips []*slip
	for _, l := range g.streams {
		if l.isUnwritten() && !l.excused {
			slips = append(slips, &slip{link: l, readers: l.readers})
			l.excused = true
		}
	}
	unclear := 0
	for i, s := range slips {
		if isWord(s.name.text) {
			g.spec.blindFrom = true
			continue
		}
		if s.remedy = g.meantByTopic(s.link); s.remedy == "" && i < suggestionsMax {
			s.remedy = g.meantByName(s.link)
		}
		if s.remedy == "" {
			unclear++
		}
	}
	for _, s := range slips {
		if s.remedy == "" && unclear == 1 && !g.spec.blindFrom && !isWord(s.name.text) {
			s.remedy = g.meantByPlace(s.link)
		}
		if s.remedy == "" && g.spec.blindTo && !isWord(s.name.text) {
			continue
		}
		if s.remedy == "" {
			s.remedy = suggest(s.name.text, g.known(s.link), "streams") + "; or declare it under `streams:` with a topic"
		}
		for _, reader := range s.readers {
			if isWord(s.name.text) {
				r.wrong(reader.node, "A0302", fmt.Sprintf("`%s` is a word of splitters, not a stream", s.name.text), "name a stream")
				continue
			}
			r.wrong(reader.node, "A0303", fmt.Sprintf("there is no stream %s", s.name.text), s.remedy)
		}
	}
}

// known are the names of the streams that could be read instead of l.
func (g *graph) known(l *link) []string {
	return g.names(func(other *link) bool {
		return other != l && !isWord(other.name.text) && (other.declared || len(other.writers) > 0)
	})
}

// meantByName is the remedy where there is a stream of a like name. That is excused, and read in the place of l.
func (g *graph) meantByName(l *link) string {
	meant := g.byName[nearest(l.name.text, g.known(l))]
	if meant == nil {
		return ""
	}
	meant.excused = true
	g.readInstead(l, meant)
	return fmt.Sprintf("did you mean `%s`?", meant.name.text)
}

// meantByTopic is the remedy where a stream is called by the name of its topic. The stream is read in the place of l.
func (g *graph) meantByTopic(l *link) string {
	meant := g.ofTopic(l.name.text)
	if meant == nil {
		return ""
	}
	meant.excused = true
	g.readInstead(l, meant)
	return fmt.Sprintf("%s is the topic of stream %s: operators name streams; say `%[2]s`", l.name.text, meant.name.text)
}

// ofTopic gives the declared stream of a topic; nil where there is none, or it is called the same.
func (g *graph) ofTopic(topic string) *link {
	for _, l := range g.streams {
		if slices.ContainsFunc(l.topics, func(t reference) bool { return t.text == topic }) && l.name.text != topic {
			return l
		}
	}
	return nil
}

// meantByPlace is the remedy where just one stream lacks a reader, and could be read in the place of l.
func (g *graph) meantByPlace(l *link) string {
	unread := g.loose(func(other *link) bool {
		own := func(reader use) bool { return len(other.writers) > 0 && other.writers[0].op == reader.op }
		return other.isUnread() && !other.excused && !slices.ContainsFunc(l.readers, own)
	})
	if len(unread) != 1 {
		return ""
	}
	if g.readInstead(l, unread[0]); len(unread[0].readers) == 0 {
		return ""
	}
	return fmt.Sprintf("did you mean `%s`, which nobody reads?", unread[0].name.text)
}

// wordsFor are the words that can stand where a writer names a stream.
func wordsFor(writer use) []string {
	switch {
	case writer.op.to[writer.port].label == labelLate:
		return []string{wordDrop, wordDeadLetter, wordFlag}
	case writer.op.typ == "splitter":
		return []string{wordDrop, wordDeadLetter}
	}
	return nil
}

// checkUnread: an inner stream that nobody reads loses what is written to it.
func (r *reader) checkUnread(g *graph) {
	idle := g.names(func(l *link) bool {
		return l.declared && !isWord(l.name.text) && (len(l.writers) == 0 || len(l.readers) == 0 && len(l.topics) == 0)
	})
	found := 0
	for _, l := range g.streams {
		if !l.isUnread() || l.excused {
			continue
		}
		writer, remedy, near := l.writers[0], "read it, or give it a topic under `streams:`", false
		if meant := g.ofTopic(l.name.text); meant != nil && !l.declared {
			meant.excused, near = true, true
			g.writeInstead(l, meant)
			remedy = fmt.Sprintf("it is the topic of stream %s: operators name streams; say `%[1]s`", meant.name.text)
		} else if found++; found <= suggestionsMax && !l.declared {
			if meant := g.byName[nearest(l.name.text, idle)]; meant != nil {
				meant.excused, near = true, true
				g.writeInstead(l, meant)
				remedy = fmt.Sprintf("did you mean `%s`?", meant.name.text)
			} else if word := nearest(l.name.text, wordsFor(writer)); word != "" {
				near, remedy = true, fmt.Sprintf("did you mean `%s`?", word)
			}
		}
		if g.spec.blindFrom && !near {
			continue
		}
		r.wrong(writer.node, "A0304", fmt.Sprintf("nobody reads stream %s, and it has no topic", l.name.text), remedy)
	}
}
