package topology

import (
	"slices"
)

// What operators and topics do to the facts about a flow: one function each. None changes its argument.

// fromOutside is the flow of a stream that no operator writes. That its records have the key which the file claims, and are
// placed by it, is for verify to find out.
func fromOutside(l *link) flow {
	f := flow{source: l, byPart: true, placing: placing{width: widthOf(l)}}
	if l.keyEquals.expr != nil && !givenBy(l.keyEquals.expr).isKey() {
		f.key = givenBy(l.keyEquals.expr)
		f.key.unverified = true
		f.placing.by, f.placing.hash, f.placing.claimed = f.key, hashMurmur2, true
		f.byKey = []given{{terms: f.key.terms, unverified: f.placing.width.n != 1}}
	}
	if f.placing.width.n == 1 {
		f.byKey = append(f.byKey, given{})
	}
	return f
}

// written is what an operator makes of a flow on the way to a stream. A copier, a filter and a splitter let some of the events
// go by each port, in their order; so does a sharder over several streams, and one that writes a single partition.
func written(f flow, op *operatorSpec, l *link) flow {
	if by := op.order; by != nil && l.writers[0].port == 0 && (by.byTimestamp() || by.by.expr != nil) {
		if f.byTime = true; !by.byTimestamp() {
			f.timeBy = givenBy(by.by.expr)
		}
	}
	if op.typ != "sharder" {
		return f
	}
	by := givenBy(op.by.expr)
	if op.places() && l.partitions != 1 {
		f = sharded(f, op, by)
	}
	if op.rekey {
		f = rekeyed(f, op, by)
	}
	return f
}

// places tells whether the operator chooses partitions.
func (op *operatorSpec) places() bool { return op.typ == "sharder" && !op.several }

// merged is what a merger makes of its inputs: the events of each lie between others. Where events of one source have come by
// different topics, any of them may have overtaken others on the way, and nothing is left of their order.
func merged(flows []flow, op *operatorSpec) []flow {
	out := slices.Clone(flows)
	for i := range out {
		f := &out[i]
		f.merger = op.name.text
		f.loseTime(op)
		apart := func(other flow) bool { return other.source == f.source && other.via != f.via }
		if !slices.ContainsFunc(flows, apart) {
			continue
		}
		for _, k := range f.byKey {
			if len(k.terms) > 0 {
				f.lose(Order{Fact: ByKey, By: k.texts()}, op)
			}
		}
		if f.byPart {
			f.lose(Order{Fact: ByPartition}, op)
		}
		f.byPart, f.byKey = false, nil
	}
	return out
}

// sharded is what a sharder over the partitions of one stream makes of what it reads.
func sharded(f flow, op *operatorSpec, by given) flow {
	by = f.resolve(by)
	f = spread(f, op, by)
	f.placing, f.detached = placing{by: by, hash: op.hash}, true
	return f
}

// spread is what becomes of the order where events are placed anew, by an expression:
//   - all events of one k stay together, and in order, if the expression follows from k;
//   - all events of one value of the expression come from one partition, and so are in order, if an ordered k follows from it;
//   - otherwise only those are that are alike in both.
func spread(f flow, op *operatorSpec, by given) flow {
	var kept []given
	add := func(g given) {
		if !slices.ContainsFunc(kept, func(k given) bool { return k.String() == g.String() }) {
			kept = append(kept, g)
		}
	}
	for _, k := range f.byKey {
		over, under := f.follows(by, k), f.follows(k, by)
		if over {
			add(k)
		}
		if under {
			add(given{terms: by.terms, unverified: by.unverified || k.unverified})
		}
		if !over && !under {
			f.lose(Order{Fact: ByKey, By: k.texts()}, op)
			add(by.and(k))
		}
	}
	single := slices.ContainsFunc(f.byKey, func(k given) bool { return len(k.terms) == 0 })
	if f.byPart {
		f.lose(Order{Fact: ByPartition}, op)
	}
	if !single {
		f.loseTime(op)
	}
	f.byPart, f.byKey = false, kept
	return f
}

// loses tells whether events placed by an expression are certain to lose an order: there was one by a key, and none of it is
// left but for events that are alike in the expression, too.
func loses(f flow, by given) bool {
	by = f.resolve(by)
	return len(f.byKey) > 0 && !slices.ContainsFunc(f.byKey, func(k given) bool { return f.follows(by, k) || f.follows(k, by) })
}

// rekeyed is a flow whose records have a new key. What was known by the old one can no longer be said, but for what is now
// the key.
func rekeyed(f flow, op *operatorSpec, by given) flow {
	if by = f.resolve(by); by.isKey() {
		return f
	}
	if f.timeBy.readsKey() {
		f.loseTime(op)
	}
	old := f
	renew := func(g given) (given, bool) {
		switch g = old.resolve(g); {
		case !g.readsKey():
			return g, true
		case slices.Equal(g.texts(), by.texts()):
			return theKey(), true
		}
		return given{}, false
	}
	f.byKey = nil
	for _, k := range old.byKey {
		if renewed, ok := renew(k); ok {
			f.byKey = append(f.byKey, renewed.set())
		} else {
			f.lose(Order{Fact: ByKey, By: k.texts()}, op)
		}
	}
	f.placing.by, _ = renew(f.placing.by)
	f.key, f.keyedBy = given{}, op
	if !by.readsKey() {
		f.key = by
	}
	return f
}

// landed is a flow in a topic of so many partitions.
func landed(f flow, op *operatorSpec, to width, way passage) flow {
	switch {
	case f.detached:
		f.placing.width, f.detached = to, false
		return f
	case way == sameNumber:
		f.placing.width = to
		return f
	case to.n == 1: // all tasks write to it, each in its order
		f.loseTime(op)
		f.byKey = slices.DeleteFunc(slices.Clone(f.byKey), func(k given) bool { return len(k.terms) == 0 })
		f.placing = placing{by: f.recordKey(), hash: hashMurmur2, width: to}
		return f
	}
	before, key := f.placing, f.recordKey()
	f = spread(f, op, key)
	f.placing = placing{by: key, hash: hashMurmur2, width: to}
	if way == unsure && (before.by.String() != key.String() || before.hash != hashMurmur2) {
		f.placing.by = given{}
	}
	return f
}

// claimed is a flow in a stream that says what its keys equal, where nothing else is known of them.
func claimed(f flow, says given) flow {
	if f.key.known() {
		return f
	}
	f.key = says
	f.placing.by = f.resolve(f.placing.by)
	f.byKey = slices.Clone(f.byKey)
	for i := range f.byKey {
		f.byKey[i] = f.resolve(f.byKey[i]).set()
	}
	return f
}
