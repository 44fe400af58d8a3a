package topology

import "slices"

// tracer follows the facts about order and partitioning from the inputs downward, through one transfer function an operator.
type tracer struct {
	*reader
	graph *graph
	of    map[*operatorSpec]*pieceOf
	reads map[*pieceOf][]*link // the topics that a sub-topology reads
	wide  map[*pieceOf][]width // and how wide they are
	edges map[*link]traced
	told  map[*operatorSpec]bool // that it loses order
}

// traced is what is known of a stream.
type traced struct {
	known bool // it does not depend on a mistake that is reported already
	flows []flow
	width width // of its topic; zero without one
}

// flowsMax bounds how many ways to a stream are told apart. Of a stream with more, nothing is said.
const flowsMax = 64

// contracts fills the contracts of all streams that are not behind a cycle, and checks what is demanded of them.
func (r *reader) contracts(g *graph) {
	t := &tracer{reader: r, graph: g, of: g.group(), reads: map[*pieceOf][]*link{}, wide: map[*pieceOf][]width{}, edges: map[*link]traced{}, told: map[*operatorSpec]bool{}}
	for _, op := range g.order {
		for _, name := range op.from {
			if l := g.byName[name.text]; len(l.topics) > 0 {
				t.reads[t.of[op]] = append(t.reads[t.of[op]], l)
			}
		}
	}
	for _, l := range g.streams {
		if len(l.writers) == 0 {
			t.edges[l] = traced{known: l.contract.known && !l.excused, flows: []flow{fromOutside(l)}, width: widthOf(l)}
		}
	}
	for _, op := range g.order {
		t.operator(op)
	}
	for _, l := range g.streams {
		l.edge = summary(t.edges[l])
	}
}

// widths are those of the topics that a sub-topology reads: they decide on how its outputs are placed.
func (t *tracer) widths(p *pieceOf) []width {
	if known, asked := t.wide[p]; asked {
		return known // nothing yet where sub-topologies wait for each other, which is reported already
	}
	t.wide[p] = nil
	var all []width
	for _, l := range t.reads[p] {
		w := widthOf(l)
		if len(l.writers) > 0 {
			w = outputWidth(l, t.widths(t.of[l.writers[0].op]))
		}
		all = append(all, w)
	}
	t.wide[p] = distinct(all)
	return t.wide[p]
}

func (t *tracer) operator(op *operatorSpec) {
	in, known := t.input(op)
	if known {
		t.checkWidths(op)
	}
	for port, p := range op.to {
		l := t.graph.byName[p.to.text]
		if p.isWord() || len(l.writers) == 0 || l.writers[0].op != op || l.writers[0].port != port {
			continue
		}
		e := traced{known: known && len(l.writers) == 1}
		if e.known {
			e.flows, e.width = t.write(op, l, in)
			e.known = t.checkKey(op, l, e.flows)
		}
		t.edges[l] = e
	}
}

// input is what an operator reads.
func (t *tracer) input(op *operatorSpec) (flows []flow, known bool) {
	known = op.typ != "" && len(op.from) > 0 && (op.typ != "sharder" || op.by.expr != nil && !op.broken)
	for _, name := range op.from {
		e := t.edges[t.graph.byName[name.text]]
		known = known && e.known
		for _, f := range e.flows {
			if l := t.graph.byName[name.text]; len(l.topics) > 0 {
				f.via = l
			}
			flows = append(flows, f)
		}
	}
	if op.typ == "merger" && len(op.from) > 1 {
		flows = merged(flows, op)
	}
	if flows = alike(flows); !known || len(flows) > flowsMax {
		return nil, false
	}
	return flows, true
}

// write puts the flows that an operator reads into a stream that it writes, and into its topic where it has one.
func (t *tracer) write(op *operatorSpec, l *link, in []flow) (out []flow, to width) {
	inputs := t.widths(t.of[op])
	if len(l.topics) > 0 {
		to = outputWidth(l, inputs)
	}
	way := passageTo(to, inputs)
	for _, f := range in {
		if op.places() && l.partitions != 1 {
			t.checkOrder(op, f, givenBy(op.by.expr), "")
		}
		f = written(f, op, l)
		if len(l.topics) > 0 {
			if way == byRecordKey && to.n != 1 && !f.detached {
				t.checkOrder(op, f, theKey(), l.name.text)
			}
			f = landed(f, op, to, way)
		}
		out = append(out, f)
	}
	return alike(out), to
}

// alike leaves out flows of which the same is known as of another one of their source.
func alike(flows []flow) []flow {
	seen := map[string]bool{}
	return slices.DeleteFunc(flows, func(f flow) bool {
		id := f.identity()
		defer func() { seen[id] = true }()
		return seen[id]
	})
}
