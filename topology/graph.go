package topology

import (
	"slices"

	"github.com/anabranch-go/anabranch/topology/document"
)

// graph connects the names of a spec. It is built whatever is wrong with them, so that every rule can look at it.
type graph struct {
	spec    *spec
	streams []*link // as declared, then those that only operators name, in the order of the file
	byName  map[string]*link
	// order has the operators so that each comes after those that write its inputs. Operators on a cycle are left out.
	order []*operatorSpec
}

// link is a stream with all that write and read it.
type link struct {
	*streamSpec
	writers, readers []use
	contract         contract
	edge             Contract
	// excused streams are part of a mistake that is reported already.
	excused bool
}

// use is one place where an operator names a stream.
type use struct {
	op   *operatorSpec
	port int // of a writer
	node *document.Node
}

func connect(s *spec) *graph {
	g := &graph{spec: s, byName: map[string]*link{}}
	for _, stream := range s.streams {
		g.add(stream)
	}
	for _, op := range s.operators {
		for _, name := range op.from {
			l := g.named(name)
			l.readers = append(l.readers, use{op: op, node: name.node})
		}
		for i, p := range op.to {
			if !p.isWord() {
				l := g.named(p.to)
				l.writers = append(l.writers, use{op: op, port: i, node: p.to.node})
			}
		}
	}
	for _, op := range s.operators {
		for name := range op.mentions {
			if l := g.byName[name]; l != nil {
				l.excused = true
			}
		}
	}
	g.sort()
	return g
}

// excuse excuses the streams that are named in what could not be read of the file.
func (g *graph) excuse(file *document.File) {
	for _, l := range g.streams {
		l.excused = l.excused || file.Lost(l.name.text, 1, len(file.Lines()))
	}
}

func (g *graph) add(s *streamSpec) *link {
	l := &link{streamSpec: s}
	g.streams = append(g.streams, l)
	g.byName[s.name.text] = l
	return l
}

// named gives the stream of a name, and adds it as an inner stream where the file does not declare it.
func (g *graph) named(name reference) *link {
	if l := g.byName[name.text]; l != nil {
		return l
	}
	return g.add(&streamSpec{name: name, managed: true, keyFormat: "string"})
}

// names are those of all streams for which keep is true.
func (g *graph) names(keep func(*link) bool) []string {
	var names []string
	for _, l := range g.streams {
		if keep(l) {
			names = append(names, l.name.text)
		}
	}
	return names
}

// readInstead lets the readers of a misspelt stream read the one that was meant, so that the slip hides no other mistake. It does
// nothing where that would make two readers or a cycle.
func (g *graph) readInstead(misspelt, meant *link) {
	if len(meant.readers) > 0 {
		return
	}
	rename := func(from, to string) {
		for _, reader := range misspelt.readers {
			for i := range reader.op.from {
				if reader.op.from[i].text == from {
					reader.op.from[i].text = to
				}
			}
		}
		g.sort()
	}
	sorted := len(g.order)
	meant.readers = misspelt.readers
	if rename(misspelt.name.text, meant.name.text); len(g.order) < sorted {
		meant.readers = nil
		rename(meant.name.text, misspelt.name.text)
		return
	}
	misspelt.readers = nil
}

// writeInstead lets the writer of a misspelt stream write the one that was meant, which nobody else writes. Nobody reads the
// misspelt one, so that the order of the operators changes only if the other is read.
func (g *graph) writeInstead(misspelt, meant *link) {
	if len(meant.writers) > 0 || len(misspelt.writers) != 1 {
		return
	}
	writer := misspelt.writers[0]
	port := &writer.op.to[writer.port].to
	sorted := len(g.order)
	port.text, meant.writers = meant.name.text, misspelt.writers
	if g.sort(); len(g.order) < sorted {
		port.text, meant.writers = misspelt.name.text, nil
		g.sort()
		return
	}
	misspelt.writers = nil
}

// sort fills order; among operators that are equally free, the order of their names decides, never that of the file.
func (g *graph) sort() {
	g.order = nil
	waits := map[*operatorSpec]int{}
	var free []*operatorSpec
	for _, op := range g.spec.operators {
		for _, name := range op.from {
			waits[op] += len(g.byName[name.text].writers)
		}
		if waits[op] == 0 {
			free = append(free, op)
		}
	}
	for len(free) > 0 {
		slices.SortFunc(free, func(a, b *operatorSpec) int { return compareNames(a.name.text, b.name.text) })
		op := free[0]
		free = free[1:]
		g.order = append(g.order, op)
		for _, next := range g.after(op) {
			if waits[next]--; waits[next] == 0 {
				free = append(free, next)
			}
		}
	}
}

// after are the operators that read what op writes, once for each way.
func (g *graph) after(op *operatorSpec) []*operatorSpec {
	var next []*operatorSpec
	for _, p := range op.to {
		if !p.isWord() {
			for _, reader := range g.byName[p.to.text].readers {
				next = append(next, reader.op)
			}
		}
	}
	return next
}
