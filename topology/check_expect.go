package topology

import (
	"fmt"
	"strconv"

	"github.com/anabranch-go/anabranch/topology/document"
)

// expect reads what must become of the events of a test.
func (t *testReader) expect(n *document.Node) Expect {
	var e Expect
	for _, p := range n.Pairs {
		switch p.Key.Value {
		case wordDropped:
			e.Dropped = t.dropped(p.Value)
		case wordDeadLetter:
			e.Dead = t.dead(p)
		case wordStops:
			e.Stops = t.stops(p, len(n.Pairs) > 1)
		default:
			if l := t.output(p.Key); l != nil {
				e.Streams = append(e.Streams, t.expected(p.Value, &Stream{Name: l.name.text}, l.contract.known && len(l.writers) > 0, func(n *document.Node, exact bool) Wanted {
					return t.wanted(l, n, exact)
				}))
			}
		}
	}
	return e
}

// output gives the stream that a key of `expect` names, which the pipeline must write.
func (t *testReader) output(key *document.Node) *link {
	l := t.graph.byName[key.Value]
	written := t.graph.names(func(l *link) bool { return len(l.writers) > 0 })
	switch {
	case l == nil && t.lost(key.Value):
		return nil
	case l == nil:
		t.wrong(key, "A1001", fmt.Sprintf("there is no stream %s", key.Value), suggest(key.Value, append(written, wordDropped, wordDeadLetter), "streams"))
		return nil
	case len(l.writers) == 0 && len(l.readers) > 0:
		t.wrong(key, "A1001", fmt.Sprintf("stream %s is an input; `expect` says what comes out", key.Value), suggest("", written, "streams that are written"))
		return nil
	}
	return l
}

// expected reads a number of events, a list of them, or both in the long form; one reads an entry of the list.
func (t *testReader) expected(n *document.Node, stream *Stream, known bool, one func(*document.Node, bool) Wanted) Expected {
	e := Expected{Node: n, Stream: stream}
	count, events, exact := n, n, false
	if n.Kind == document.Map {
		o := t.longForm(n)
		if o == nil {
			return e
		}
		count, events = o.get("count"), o.get("events")
		exact = t.boolean(o.get("exact"), "exact", false)
		e.InOrder = t.boolean(o.get("in_order"), "in_order", false)
		switch {
		case count != nil && events != nil:
			t.wrong(o.key("count"), "A0210", "the events are listed, and they are as many as the list has", "take `count` away")
		case events == nil && (exact || e.InOrder):
			t.wrong(n, "A0210", "`exact` and `in_order` are said of a list of events, and there is none", "add `events:`")
		case events != nil && events.Kind != document.List:
			t.wrong(events, "A0202", fmt.Sprintf("`events` is a list of events, got %s", describe(events)), "write [{field: value}]")
			return e
		}
	}
	switch {
	case events != nil && events.Kind == document.List:
		e.Listed, e.Count = true, len(events.Items)
		if len(events.Items) > TestEventsMax {
			t.wrong(events, "A0208", fmt.Sprintf("the list has %d events", len(events.Items)), fmt.Sprintf("it has at most %d", TestEventsMax))
			return e
		}
		for _, item := range events.Items {
			if known {
				e.Events = append(e.Events, one(item, exact))
			}
		}
	case count != nil:
		e.Count, e.Any = t.count(count)
	}
	return e
}

// longForm reads {events: …}; nil where n is something else.
func (t *testReader) longForm(n *document.Node) *object {
	for _, p := range n.Pairs {
		if expectedGrammar.field(p.Key.Value) != nil || nearest(p.Key.Value, expectedGrammar.names()) != "" {
			return t.object(n, &expectedGrammar)
		}
	}
	t.wrong(n, "A0202", "expected a number of events or a list of them, got a map", "write [{field: value}], in brackets also for one event")
	return nil
}

// count reads a number of events, or the word any.
func (t *testReader) count(n *document.Node) (count int, any bool) {
	if n.Kind == document.Scalar && n.Value == "any" {
		return 0, true
	}
	if number, err := strconv.Atoi(n.Value); n.Kind == document.Scalar && !n.Quoted && err == nil && number >= 0 {
		return number, false
	}
	t.wrong(n, "A0207", fmt.Sprintf("expected a number of events, a list of them or `any`, got %s", describe(n)), "say 0 for none")
	return 0, true
}

// dropped reads how many events each operator must drop.
func (t *testReader) dropped(n *document.Node) []Dropped {
	if n.Kind != document.Map {
		t.wrong(n, "A0202", fmt.Sprintf("`dropped` is a map from operators to numbers, got %s", describe(n)), "write {operator: 1}")
		return nil
	}
	var all []Dropped
	for _, p := range n.Pairs {
		op := t.operatorNamed(p.Key, canDrop, "drops nothing")
		count, any := t.count(p.Value)
		if op != nil {
			all = append(all, Dropped{Node: p.Key, Operator: op, Count: count, Any: any})
		}
	}
	return all
}

// stops reads which operator ends the run by its rejection.
func (t *testReader) stops(p document.Pair, more bool) *Operator {
	if t.graph.spec.onError.deadLetter.given() {
		t.wrong(p.Key, "A0210", "a rejected event does not stop this pipeline: it becomes a dead letter", "say `dead_letter:`")
		return nil
	}
	if more {
		t.wrong(p.Key, "A0210", "what has come out when the pipeline stops is not certain", "say nothing else beside `stops`")
	}
	if name, ok := t.text(p.Value, "stops"); !ok || name == "" {
		return nil
	}
	return t.operatorNamed(p.Value, canReject, "rejects nothing")
}

func canDrop(op *operatorSpec) bool {
	for _, p := range op.to {
		if p.to.text == wordDrop {
			return true
		}
	}
	return op.typ == "filter" || op.order != nil && op.order.heartbeat.given() || op.typ == "" || op.broken
}

func canReject(op *operatorSpec) bool {
	for _, p := range op.to {
		if p.to.text == wordDeadLetter {
			return true
		}
	}
	if op.order != nil && (op.order.heartbeat.given() || !op.order.byTimestamp()) {
		return true
	}
	return op.typ != "copier" && op.typ != "merger" || op.broken
}

// operatorNamed gives the operator of a name, which must be able to do what is expected of it.
func (t *testReader) operatorNamed(n *document.Node, able func(*operatorSpec) bool, not string) *Operator {
	var names []string
	for _, op := range t.graph.spec.operators {
		if op.name.text == n.Value {
			if !able(op) {
				t.wrong(n, "A1004", fmt.Sprintf("operator %s is a %s and %s", op.name.text, op.typ, not), "take it away")
				return nil
			}
			return &Operator{Name: op.name.text}
		}
		if able(op) {
			names = append(names, op.name.text)
		}
	}
	t.wrong(n, "A1004", fmt.Sprintf("there is no operator %s", shorten(n.Value)), suggest(n.Value, names, "operators"))
	return nil
}
