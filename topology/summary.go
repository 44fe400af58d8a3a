package topology

import (
	"slices"
	"strings"
)

// summary is the contract of a stream: what holds for all its flows.
func summary(e traced) Contract {
	c := Contract{Partitioning: Partitioning{Partitions: e.width.n}}
	if !e.known || len(e.flows) == 0 {
		return c
	}
	flows := e.flows
	if !together(flows) {
		flows = byRecordKeys(flows)
	}
	first := &flows[0]
	every := func(holds func(f *flow) bool) bool {
		return !slices.ContainsFunc(flows, func(f flow) bool { return !holds(&f) })
	}
	if e.width == (width{}) && every(func(f *flow) bool { return f.placing.width == first.placing.width }) {
		c.Partitioning.Partitions = first.placing.width.n
	}
	if first.key.known() && every(func(f *flow) bool { return f.key.String() == first.key.String() }) {
		c.Key = KeyClaim{first.key.String(), !every(func(f *flow) bool { return !f.key.unverified })}
	}
	if by := first.placing.by; by.known() && together(flows) && every(func(f *flow) bool { return f.placing.by.String() == by.String() }) {
		c.Partitioning.By, c.Partitioning.Hash = by.String(), first.placing.hash
		c.Partitioning.Unverified = !every(func(f *flow) bool { return !f.placing.by.unverified && !f.placing.claimed })
	}
	if every(func(f *flow) bool { return f.byPart }) {
		c.Order = append(c.Order, Order{Fact: ByPartition})
	}
	if every(func(f *flow) bool { return f.byTime && f.time().String() == first.time().String() }) {
		c.Order = append(c.Order, first.time())
	}
	var keys []given
	if together(flows) {
		keys = orderedBy(flows)
	}
	for _, k := range keys {
		c.Order = append(c.Order, Order{Fact: ByKey, By: k.texts(), Unverified: k.unverified})
	}
	c.Lost = losses(flows, c.Order, keys)
	return c
}

// together tells whether events of one key are in one partition, whatever flow they are of.
func together(flows []flow) bool {
	return len(flows) == 1 || flows[0].place() != "" && !slices.ContainsFunc(flows, func(f flow) bool { return f.place() != flows[0].place() })
}

// byRecordKeys says of flows that are placed by their records' keys no more than that, where those equal different expressions.
func byRecordKeys(flows []flow) []flow {
	plain := slices.Clone(flows)
	for i := range plain {
		f := &plain[i]
		if f.placing.by.String() != f.recordKey().String() {
			return flows
		}
		f.byKey = slices.Clone(f.byKey)
		for n, k := range f.byKey {
			if f.follows(k, theKey()) {
				f.byKey[n] = given{terms: theKey().terms, unverified: k.unverified}
			}
		}
		f.placing.by, f.key = theKey(), given{}
	}
	if !together(plain) {
		return flows
	}
	return plain
}

// orderedBy are the keys by which all flows are in order, without those that follow from others.
func orderedBy(flows []flow) []given {
	var all []given
	for i := range flows {
		for _, k := range flows[i].byKey {
			if len(k.terms) == 0 {
				k = given{terms: flows[i].recordKey().terms} // a single partition is in order by any key: this one says most
			}
			if k, ok := everywhere(k, flows); ok && !slices.ContainsFunc(all, func(other given) bool { return other.String() == k.String() }) {
				all = append(all, k)
			}
		}
	}
	slices.SortFunc(all, func(a, b given) int { return strings.Compare(a.String(), b.String()) })
	var strongest []given
	for i, k := range all {
		weaker := false
		for n, other := range all {
			weaker = weaker || n != i && flows[0].follows(other, k) && (n < i || !flows[0].follows(k, other))
		}
		if !weaker {
			strongest = append(strongest, k)
		}
	}
	return strongest
}

// everywhere tells whether all flows are in order by k.
func everywhere(k given, flows []flow) (given, bool) {
	for i := range flows {
		f := &flows[i]
		at := slices.IndexFunc(f.byKey, func(other given) bool { return f.follows(other, k) })
		if at < 0 {
			return k, false
		}
		k.unverified = k.unverified || f.byKey[at].unverified
	}
	return k, true
}

// losses are the facts that were true of some flow on its way, and are not true of the stream.
func losses(flows []flow, still []Order, keys []given) []Loss {
	var lost []Loss
	add := func(fact Order, operator string) {
		known := slices.ContainsFunc(still, func(o Order) bool { return o.String() == fact.String() })
		if l := (Loss{fact.String(), operator}); operator != "" && !known && !slices.Contains(lost, l) {
			lost = append(lost, l)
		}
	}
	for i := range flows {
		f := &flows[i]
		for _, l := range f.lost {
			add(l.fact, l.operator)
		}
		for _, k := range f.byKey {
			if len(k.terms) > 0 && !slices.ContainsFunc(keys, func(still given) bool { return f.follows(still, k) }) {
				add(Order{Fact: ByKey, By: k.texts()}, f.merger)
			}
		}
		if f.byPart {
			add(Order{Fact: ByPartition}, f.merger)
		}
	}
	slices.SortFunc(lost, func(a, b Loss) int { return strings.Compare(a.Fact+"\x00"+a.Operator, b.Fact+"\x00"+b.Operator) })
	return lost
}
