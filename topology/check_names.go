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
		if i < suggestionsMax {
			s.remedy = g.meantByName(s.link)
		}
		if s.remedy == "" {
			unclear++
		}
	}
	for _, s := range slips {
		if s.remedy == "" && unclear == 1 && !g.spec.blindFrom {
			s.remedy = g.meantByPlace(s.link)
		}
		if s.remedy == "" && g.spec.blindTo {
			continue
		}
		if s.remedy == "" {
			s.remedy = suggest(s.name.text, g.known(s.link), "streams") + "; or declare it under `streams:` with a topic"
		}
		for _, reader := range s.readers {
			r.wrong(reader.node, "A0303", fmt.Sprintf("there is no stream %s", s.name.text), s.remedy)
		}
	}
}

// known are the names of the streams that could be read instead of l.
func (g *graph) known(l *link) []string {
	return g.names(func(other *link) bool { return other != l && (other.declared || len(other.writers) > 0) })
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

// checkUnread: an inner stream that nobody reads loses what is written to it.
func (r *reader) checkUnread(g *graph) {
	idle := g.names(func(l *link) bool {
		return l.declared && (len(l.writers) == 0 || len(l.readers) == 0 && len(l.topics) == 0)
	})
	found := 0
	for _, l := range g.streams {
		if !l.isUnread() || l.excused {
			continue
		}
		writer, remedy, near := l.writers[0], "read it, or give it a topic under `streams:`", false
		if found++; found <= suggestionsMax && !l.declared {
			if meant := g.byName[nearest(l.name.text, idle)]; meant != nil {
				meant.excused, near = true, true
				g.writeInstead(l, meant)
				remedy = fmt.Sprintf("did you mean `%s`?", meant.name.text)
			}
		}
		if g.spec.blindFrom && !near {
			continue
		}
		r.wrong(writer.node, "A0304", fmt.Sprintf("nobody reads stream %s, and it has no topic", l.name.text), remedy)
	}
}
