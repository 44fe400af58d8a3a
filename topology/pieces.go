package topology

import (
	"fmt"
	"slices"
)

// pieceOf is a connected piece of the graph between topics, before it becomes a Sub.
type pieceOf struct {
	name      string
	operators []*operatorSpec // each after those that write its inputs
	inputs    []*link
	sinks     []*link
	before    map[*pieceOf]*link // pieces that write inputs of this one, and the first such input
}

// cut divides the operators into pieces: two belong together where a stream without a topic joins them.
// The result does not depend on the order of the file: pieces, operators and streams are sorted by name where nothing else decides.
func (g *graph) cut() []*pieceOf {
	of := g.group()
	var pieces []*pieceOf
	seen := map[*pieceOf]bool{}
	for _, op := range g.order {
		p := of[op]
		if !seen[p] {
			seen[p] = true
			p.operators = p.operators[:0]
			pieces = append(pieces, p)
		}
		p.operators = append(p.operators, op)
	}
	for _, p := range pieces {
		g.border(p, of)
	}
	for _, p := range pieces {
		p.name = g.nameOf(p)
	}
	slices.SortStableFunc(pieces, func(a, b *pieceOf) int { return compareNames(a.name, b.name) })
	return pieces
}

// group gives each operator its piece; the operators of a piece are in no order.
func (g *graph) group() map[*operatorSpec]*pieceOf {
	of := map[*operatorSpec]*pieceOf{}
	for _, op := range g.order {
		of[op] = &pieceOf{operators: []*operatorSpec{op}}
	}
	for _, l := range g.streams {
		for _, writer := range l.writers {
			for _, reader := range l.readers {
				if a, b := of[writer.op], of[reader.op]; len(l.topics) == 0 && a != nil && b != nil {
					join(of, writer.op, reader.op)
				}
			}
		}
	}
	return of
}

// join makes the pieces of two operators one.
func join(of map[*operatorSpec]*pieceOf, a, b *operatorSpec) {
	keep, gone := of[a], of[b]
	if keep == gone {
		return
	}
	if len(keep.operators) < len(gone.operators) {
		keep, gone = gone, keep
	}
	keep.operators = append(keep.operators, gone.operators...)
	for _, op := range gone.operators {
		of[op] = keep
	}
}

// border finds the streams by which a piece is fed and those that leave it.
func (g *graph) border(p *pieceOf, of map[*operatorSpec]*pieceOf) {
	p.before = map[*pieceOf]*link{}
	for _, op := range p.operators {
		for _, name := range op.from {
			l := g.byName[name.text]
			if len(l.topics) == 0 {
				continue
			}
			p.inputs = append(p.inputs, l)
			if len(l.writers) > 0 {
				if writer := of[l.writers[0].op]; p.before[writer] == nil {
					p.before[writer] = l
				}
			}
		}
		for _, port := range op.to {
			if l := g.byName[port.to.text]; !port.isWord() && len(l.topics) > 0 {
				p.sinks = append(p.sinks, l)
			}
		}
	}
	byName := func(a, b *link) int { return compareNames(a.name.text, b.name.text) }
	slices.SortFunc(p.inputs, byName)
	slices.SortFunc(p.sinks, byName)
}

// nameOf is the name of the one input, or of the operator at which the last two of several inputs become one piece: of the mergers
// that bring separate inputs together, the one furthest downstream, by name where several are equally far.
func (g *graph) nameOf(p *pieceOf) string {
	if len(p.inputs) == 1 {
		return p.inputs[0].name.text
	}
	depth := map[*operatorSpec]int{}
	group := map[*operatorSpec]int{} // which inputs an operator is connected to by the mergers so far
	fed := map[*operatorSpec][]*operatorSpec{}
	for _, op := range p.operators {
		for _, next := range g.after(op) {
			if slices.Contains(p.operators, next) && len(g.byName[between(op, next)].topics) == 0 {
				depth[next] = max(depth[next], depth[op]+1)
				fed[next] = append(fed[next], op)
			}
		}
	}
	byDepth := slices.Clone(p.operators)
	slices.SortStableFunc(byDepth, func(a, b *operatorSpec) int {
		if depth[a] != depth[b] {
			return depth[a] - depth[b]
		}
		return compareNames(a.name.text, b.name.text)
	})
	last := byDepth[0]
	next := 0
	for _, op := range byDepth {
		met := map[int]bool{}
		for _, up := range fed[op] {
			met[group[up]] = true
		}
		for range len(op.from) - len(fed[op]) {
			next++
			met[-next] = true
		}
		if len(met) > 1 {
			last = op
		}
		next++
		group[op] = next
		for other, id := range group {
			if met[id] {
				group[other] = next
			}
		}
	}
	return last.name.text
}

// checkPieces refuses pieces that wait for each other, and those of one name.
func (r *reader) checkPieces(g *graph, pieces []*pieceOf) {
	named := map[string]*pieceOf{}
	for _, p := range pieces {
		if other := named[p.name]; other != nil {
			r.wrong(p.operators[0].name.node, "A0802", fmt.Sprintf("two sub-topologies would be called %s", p.name), fmt.Sprintf("rename stream or operator %s", p.name))
		}
		named[p.name] = p
	}
	sorted := map[*pieceOf]bool{}
	for _, p := range inOrder(pieces) {
		sorted[p] = true
	}
	for _, p := range pieces {
		if sorted[p] {
			continue
		}
		for _, before := range pieces {
			if l := p.before[before]; l != nil && !sorted[before] {
				what := fmt.Sprintf("sub-topologies %s and %s wait for each other", before.name, p.name)
				if before == p {
					what = fmt.Sprintf("sub-topology %s reads stream %s, which it writes itself", p.name, l.name.text)
				}
				r.wrong(l.name.node, "A0803", what, g.alsoCut()+", or take this one's away")
			}
		}
	}
}

// alsoCutTries is for how many streams it is tried whether a topic for them would help.
const alsoCutTries = 200

// alsoCut is the remedy for pieces that wait for each other: a stream that has no topic joins what another one cuts.
func (g *graph) alsoCut() string {
	for _, l := range g.streams[:min(len(g.streams), alsoCutTries)] {
		if len(l.topics) > 0 {
			continue
		}
		l.topics = []reference{l.name}
		pieces := g.cut()
		l.topics = nil
		if len(inOrder(pieces)) == len(pieces) {
			return fmt.Sprintf("stream %s beside it has no topic and joins what this one cuts; give %[1]s a topic too", l.name.text)
		}
	}
	return "streams beside it have no topic and join what this one cuts; give them topics too"
}

// inOrder puts each piece after those that write its inputs, by name among those that are equally free. Pieces that wait for each
// other are left out.
func inOrder(pieces []*pieceOf) []*pieceOf {
	waits := map[*pieceOf]int{}
	feeds := map[*pieceOf][]*pieceOf{}
	var sorted, free []*pieceOf
	for _, p := range pieces {
		waits[p] = len(p.before)
		for before := range p.before {
			feeds[before] = append(feeds[before], p)
		}
		if waits[p] == 0 {
			free = append(free, p)
		}
	}
	for len(free) > 0 {
		p := free[0]
		free = free[1:]
		sorted = append(sorted, p)
		for _, next := range feeds[p] {
			if waits[next]--; waits[next] == 0 {
				at, _ := slices.BinarySearchFunc(free, next, func(a, b *pieceOf) int { return compareNames(a.name, b.name) })
				free = slices.Insert(free, at, next)
			}
		}
	}
	return sorted
}
