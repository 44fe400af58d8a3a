package topology

import (
	"fmt"
	"slices"
)

// The rules about contracts, one function a rule.

// checkOrder warns where events that are placed by an expression lose an order that they had. Topic is the stream whose number
// of partitions makes it so; empty for a sharder.
func (t *tracer) checkOrder(op *operatorSpec, f flow, by given, topic string) {
	if op.reorder || t.told[op] || !loses(f, by) {
		return
	}
	t.told[op] = true
	by = f.resolve(by)
	node, had := op.name.node, f.byKey[0]
	what := fmt.Sprintf("%s %s loses order: stream %s keeps that of each %s, and events of one %s come from several of its partitions", op.typ, op.name.text, f.source.name.text, had.plain(), by.plain())
	remedy := fmt.Sprintf("say `reorder: accept` if it may be lost; to keep it, shard by %s", given{terms: by.and(had).terms, tuple: true})
	if topic == "" {
		node = op.by.node
	} else {
		what += fmt.Sprintf(" into topic %s, which has another number of them", topic)
		remedy = fmt.Sprintf("say `reorder: accept` if it may be lost; to keep it, give stream %s as many partitions as %s", topic, op.from[0].text)
	}
	p := node.Problem("A0707", what, remedy)
	p.Warning = true
	t.report(p)
}

// checkWidths refuses inputs of an ordered merger that would have different numbers of partitions, though one does not declare it.
// Two that do declare it are compared with the other rules of ordered mergers.
func (t *tracer) checkWidths(op *operatorSpec) {
	if op.order == nil || op.broken || len(op.from) == 0 {
		return
	}
	first := t.graph.byName[op.from[0].text]
	for _, name := range op.from[1:] {
		l := t.graph.byName[name.text]
		a, b := t.edges[first].width.n, t.edges[l].width.n
		if a == 0 || b == 0 || a == b || first.partitions > 0 && l.partitions > 0 {
			continue
		}
		open, n := l, a
		if l.partitions > 0 {
			open, n = first, b
		}
		t.wrong(name.node, "A0710", fmt.Sprintf("ordered merger %s reads stream %s, which has %d partitions, and stream %s, which has %d", op.name.text, first.name.text, a, l.name.text, b),
			fmt.Sprintf("it merges partition by partition; say `partitions: %d` of stream %s, which has as many as the widest input of what writes it", n, open.name.text))
	}
}

// checkKey refuses a claim about keys that the pipeline itself contradicts, and otherwise takes it over where nothing is known. It
// tells whether what is known of the stream still makes sense.
func (t *tracer) checkKey(op *operatorSpec, l *link, flows []flow) bool {
	if l.keyEquals.expr == nil || givenBy(l.keyEquals.expr).isKey() {
		return true
	}
	says := givenBy(l.keyEquals.expr)
	says.unverified = true
	at := slices.IndexFunc(flows, func(f flow) bool { return f.key.known() && f.key.String() != says.String() })
	if at < 0 {
		for i := range flows {
			flows[i] = claimed(flows[i], says)
		}
		return true
	}
	f := &flows[at]
	what := fmt.Sprintf("stream %s says that its key is %s, and it is %s: operators keep the key of stream %s", l.name.text, says, f.key, f.source.name.text)
	remedy := fmt.Sprintf("say `key: %s`; for another key, put a sharder with `key: by` before it", f.key)
	switch {
	case f.keyedBy != nil:
		what = fmt.Sprintf("stream %s says that its key is %s, and sharder %s makes it %s", l.name.text, says, f.keyedBy.name.text, f.key)
		remedy = fmt.Sprintf("say `key: %s` here, or `by: %s` there", f.key, says)
	case slices.ContainsFunc(flows, func(other flow) bool { return other.key.String() != f.key.String() }):
		what = fmt.Sprintf("stream %s says that its key is %s, and what comes from stream %s by merger %s has the key %s", l.name.text, says, f.source.name.text, f.merger, f.key)
		remedy = fmt.Sprintf("take this away, or give what comes from %s the key %[2]s: {type: sharder, by: %[2]s, key: by, …}", f.source.name.text, says)
	case op.typ == "sharder" && givenBy(op.by.expr).String() == says.String():
		remedy = fmt.Sprintf("add `key: by` to sharder %s, or say `key: %s`", op.name.text, f.key)
	}
	t.wrong(l.keyEquals.node, "A0708", what, remedy)
	return false
}
