package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/topology/document"
)

// The rules about how streams and operators hang together, one function a rule.

// checkUnwritten: a declared inner stream that is read must come from somewhere.
func (r *reader) checkUnwritten(g *graph) {
	for _, l := range g.streams {
		if l.declared && len(l.topics) == 0 && !l.topicWrong && len(l.writers) == 0 && len(l.readers) > 0 && !l.excused && !g.spec.blindTo {
			r.wrong(l.name.node, "A0305", fmt.Sprintf("nobody writes stream %s, and it has no topic", l.name.text), "add `topic:`, or an operator that writes it")
		}
	}
}

// checkUnused: a declared stream is read or written.
func (r *reader) checkUnused(g *graph) {
	for _, l := range g.streams {
		if l.isIdle() && !l.onlyDead(g.spec.onError.deadLetter) && !l.excused && !g.spec.blindFrom && !g.spec.blindTo {
			r.wrong(l.name.node, "A0306", fmt.Sprintf("no operator reads or writes stream %s", l.name.text), "use it, or take it away")
		}
	}
}

// onlyDead tells whether l is declared for the dead letters' topic alone, which needs no stream.
func (l *link) onlyDead(topic reference) bool {
	return l != nil && l.isIdle() && len(l.topics) == 1 && topic.given() && l.topics[0].text == topic.text
}

// checkWriters: a stream has one writer.
func (r *reader) checkWriters(g *graph) {
	for _, l := range g.streams {
		writers := operatorsOf(l.writers)
		if len(writers) < 2 {
			continue
		}
		first := writers[0]
		for _, w := range writers[1:] {
			if w.op == first.op {
				continue
			}
			a, b := l.name.text+"_1", l.name.text+"_2"
			r.wrong(w.node, "A0307", fmt.Sprintf("operator %s writes stream %s, which %s writes on line %d already", w.op.name.text, l.name.text, first.op.name.text, first.node.Line),
				fmt.Sprintf("a stream has one writer; add a merger:\n%s: {type: merger, from: [%s, %s], order: none, to: %s}", "merge_"+l.name.text, a, b, l.name.text))
		}
	}
}

// checkReaders: a stream has one reader.
func (r *reader) checkReaders(g *graph) {
	for _, l := range g.streams {
		readers := operatorsOf(l.readers)
		if len(readers) < 2 {
			continue
		}
		first := readers[0]
		for _, second := range readers[1:] {
			copies := []string{l.name.text + "_1", l.name.text + "_2"}
			r.wrong(second.node, "A0308", fmt.Sprintf("operator %s reads stream %s, which %s reads on line %d already", second.op.name.text, l.name.text, first.op.name.text, first.node.Line),
				fmt.Sprintf("a stream has one reader; add a copier:\n%s: {type: copier, from: %s, to: [%s]}", "copy_"+l.name.text, l.name.text, strings.Join(copies, ", ")))
		}
	}
}

// checkInner: a stream that only operators name has a name that a declared one could have.
func (r *reader) checkInner(g *graph) {
	for _, l := range g.streams {
		if l.declared || l.excused || isWord(l.name.text) || innerName.MatchString(l.name.text) || g.ofTopic(l.name.text) != nil {
			continue
		}
		l.excused = true
		parts := strings.FieldsFunc(l.name.text, func(c rune) bool { return c == ',' || c == ' ' || c == ';' })
		if len(parts) < 2 || l.name.node.Kind != document.Scalar {
			r.checkName("stream", l.name)
			continue
		}
		r.wrong(l.name.node, "A0301", fmt.Sprintf("%q is not the name of a stream", shorten(l.name.text)), fmt.Sprintf("for several write a list: [%s]", joinNames(parts)))
		for _, part := range parts {
			if meant := g.byName[part]; meant != nil {
				meant.excused = true
			}
		}
	}
}

// operatorsOf keeps the first use of each operator, by line.
func operatorsOf(uses []use) []use {
	seen := map[*operatorSpec]bool{}
	var first []use
	for _, u := range uses {
		if !seen[u.op] {
			seen[u.op] = true
			first = append(first, u)
		}
	}
	slices.SortStableFunc(first, func(a, b use) int { return a.node.Line - b.node.Line })
	return first
}

// checkCycles names the way of each cycle once.
func (r *reader) checkCycles(g *graph) {
	state := map[*operatorSpec]int{} // 1: on the way, 2: done
	var way []*operatorSpec
	var visit func(op *operatorSpec)
	visit = func(op *operatorSpec) {
		state[op] = 1
		way = append(way, op)
		for _, next := range g.after(op) {
			switch state[next] {
			case 0:
				visit(next)
			case 1:
				r.cycle(way[slices.Index(way, next):], g)
			}
		}
		way = way[:len(way)-1]
		state[op] = 2
	}
	sorted := map[*operatorSpec]bool{}
	for _, op := range g.order {
		sorted[op] = true
	}
	for _, op := range g.spec.operators {
		if !sorted[op] && state[op] == 0 {
			visit(op)
		}
	}
}

// cycle reports one cycle, beginning at the operator that comes first in the file.
func (r *reader) cycle(ops []*operatorSpec, g *graph) {
	first := 0
	for i, op := range ops {
		if op.name.node.Line < ops[first].name.node.Line {
			first = i
		}
	}
	var b strings.Builder
	for i := range ops {
		op, next := ops[(first+i)%len(ops)], ops[(first+i+1)%len(ops)]
		fmt.Fprintf(&b, "%s → %s → ", op.name.text, between(op, next))
	}
	op := ops[first]
	b.WriteString(op.name.text)
	r.wrong(op.name.node, "A0309", "the operators go round in a circle: "+b.String(), "events flow one way; write to another stream")
}

// between names a stream from one operator to another.
func between(from, to *operatorSpec) string {
	for _, p := range from.to {
		for _, name := range to.from {
			if name.text == p.to.text {
				return name.text
			}
		}
	}
	return "?"
}

// checkWords: dead_letter goes to the topic that on_error names.
func (r *reader) checkWords(g *graph) {
	if g.spec.onError.deadLetter.given() {
		return
	}
	if n := g.spec.onError.node; n != nil && n.Kind == document.Map {
		if key, _ := n.Get("dead_letter"); key != nil {
			return
		}
	}
	for _, op := range g.spec.operators {
		for _, p := range op.to {
			if p.to.text == wordDeadLetter && (op.typ == "splitter" || p.label == labelLate) {
				r.wrong(p.to.node, "A0310", "there is no topic for dead letters", "add `on_error: {dead_letter: TOPIC}`, or say drop")
			}
		}
	}
}
