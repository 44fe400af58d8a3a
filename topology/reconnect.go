package topology

import "slices"

// reconnect gives operators whose inputs or outputs could not be read the streams that lack a reader or a writer, where it is plain
// which one was meant: so a mistake about a name hides none behind it. Where it is not, loose ends are excused.
func (g *graph) reconnect() {
	for _, op := range g.spec.operators {
		if op.lostFrom && !g.reads(op) {
			g.spec.blindFrom = true
		}
	}
	for _, op := range g.spec.operators {
		if op.lostTo && !g.writes(op) {
			g.spec.blindTo = true
		}
	}
}

// isUnread tells whether what is written to l reaches nobody.
func (l *link) isUnread() bool {
	return len(l.topics) == 0 && !l.topicWrong && len(l.readers) == 0 && len(l.writers) > 0
}

// isUnwritten tells whether l is read, and nothing can come from it.
func (l *link) isUnwritten() bool {
	return !l.declared && len(l.writers) == 0 && len(l.readers) > 0
}

// isIdle tells whether l is declared and nobody uses it.
func (l *link) isIdle() bool { return l.declared && len(l.writers) == 0 && len(l.readers) == 0 }

// reads lets op read the one stream that it may have meant, and tells whether there is one.
func (g *graph) reads(op *operatorSpec) bool {
	l := g.only(op, func(l *link) bool { return l.isUnread() || l.isIdle() && len(l.topics) > 0 }, g.give, g.takeBack)
	return l != nil && g.give(op, l)
}

// writes lets op write the one stream that it may have meant, and tells whether there is one.
func (g *graph) writes(op *operatorSpec) bool {
	l := g.only(op, func(l *link) bool { return l.isUnwritten() || l.isIdle() }, g.take, g.giveBack)
	return l != nil && g.take(op, l)
}

// only gives the one stream that fits op and makes no cycle: the only one that op mentions, or else the only one that there is.
func (g *graph) only(op *operatorSpec, fits func(*link) bool, try func(*operatorSpec, *link) bool, undo func(*operatorSpec, *link)) *link {
	var mentioned, others []*link
	for _, l := range g.streams {
		if !fits(l) || !try(op, l) {
			continue
		}
		undo(op, l)
		if op.mentions[l.name.text] {
			mentioned = append(mentioned, l)
		} else if !l.isIdle() {
			others = append(others, l)
		}
	}
	for _, found := range [][]*link{mentioned, others} {
		if len(found) == 1 {
			return found[0]
		}
	}
	return nil
}

// give lets op read l, unless that makes a cycle.
func (g *graph) give(op *operatorSpec, l *link) bool {
	sorted := len(g.order)
	l.readers = []use{{op: op, node: op.name.node}}
	op.from = append(op.from, reference{l.name.text, op.name.node})
	if g.sort(); len(g.order) < sorted {
		g.takeBack(op, l)
		return false
	}
	return true
}

// takeBack undoes give.
func (g *graph) takeBack(op *operatorSpec, l *link) {
	l.readers, op.from = nil, op.from[:len(op.from)-1]
	g.sort()
}

// take lets op write l, unless that makes a cycle.
func (g *graph) take(op *operatorSpec, l *link) bool {
	sorted := len(g.order)
	l.writers = []use{{op: op, port: len(op.to), node: op.name.node}}
	op.to = append(op.to, portSpec{to: reference{l.name.text, op.name.node}})
	if g.sort(); len(g.order) < sorted {
		g.giveBack(op, l)
		return false
	}
	return true
}

// giveBack undoes take.
func (g *graph) giveBack(op *operatorSpec, l *link) {
	l.writers, op.to = nil, op.to[:len(op.to)-1]
	g.sort()
}

// loose are the streams with an end that nothing is bound to.
func (g *graph) loose(is func(*link) bool) []*link {
	return slices.DeleteFunc(slices.Clone(g.streams), func(l *link) bool { return !is(l) })
}
