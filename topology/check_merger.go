package topology

import (
	"fmt"
)

// checkOrdered runs the rules of ordered mergers.
func (t *typer) checkOrdered() {
	of := t.graph.group()
	for _, op := range t.graph.spec.operators {
		if op.order == nil {
			continue
		}
		t.checkOrderedTopics(op)
		t.checkOrderedWidths(op)
		if op.broken {
			continue
		}
		t.checkAlone(op, of)
		t.checkMaxAhead(op)
		t.checkSequence(op)
	}
}

// checkOrderedTopics: how far an input has come and whether it is idle can be told of a topic alone.
func (t *typer) checkOrderedTopics(op *operatorSpec) {
	for _, name := range op.from {
		if l := t.graph.byName[name.text]; len(l.topics) == 0 && len(l.writers) > 0 && !l.excused {
			t.wrong(name.node, "A0709", fmt.Sprintf("ordered merger %s reads stream %s, which has no topic", op.name.text, name.text),
				fmt.Sprintf("an order is found between topics; give %s a `topic:`", name.text))
		}
	}
}

// checkOrderedWidths: partition i of the output is merged of partition i of every input.
func (t *typer) checkOrderedWidths(op *operatorSpec) {
	var first *link
	for _, name := range op.from {
		l := t.graph.byName[name.text]
		switch {
		case l.partitions == 0 || len(l.topics) == 0:
		case first == nil:
			first = l
		case first.partitions != l.partitions:
			t.wrong(name.node, "A0710", fmt.Sprintf("ordered merger %s reads stream %s with %d partitions and stream %s with %d", op.name.text, first.name.text, first.partitions, l.name.text, l.partitions),
				"it merges partition by partition; bring one to the other's number by a sharder into a topic before it")
			return
		}
	}
}

// checkMaxAhead: what a record is ordered by can be ahead of its timestamp only where it is another time.
func (t *typer) checkMaxAhead(op *operatorSpec) {
	s := op.order
	switch {
	case s.ahead == nil || !s.byTimestamp() && s.by.expr == nil:
	case s.byTimestamp():
		t.wrong(s.ahead, "A0210", "`max_ahead` means nothing where records are ordered by their own timestamp", "take it away")
	case s.by.expr.Type().Name != "timestamp":
		t.wrong(s.ahead, "A0210", fmt.Sprintf("`max_ahead` means nothing where records are ordered by %s", article(s.by.expr.Type().Name)), "take it away, or order by a timestamp")
	}
}

// checkSequence: numbers without gaps are those of what the merger writes, and so of a topic that it writes itself.
func (t *typer) checkSequence(op *operatorSpec) {
	if op.order.sequence == nil || len(op.to) == 0 {
		return
	}
	if l := t.graph.byName[op.to[0].to.text]; !op.to[0].isWord() && len(l.topics) == 0 && !l.excused {
		t.wrong(op.order.sequence, "A0210", fmt.Sprintf("`sequence` numbers what merger %s writes to a topic, and stream %s has none", op.name.text, l.name.text),
			fmt.Sprintf("give %s a `topic:`, or take it away", l.name.text))
	}
}

// checkAlone: an ordered merger is the first operator of its sub-topology, and reads all of its inputs.
func (t *typer) checkAlone(op *operatorSpec, of map[*operatorSpec]*pieceOf) {
	var others, orders []string
	for _, sibling := range t.graph.order {
		if sibling == op || of[sibling] != of[op] {
			continue
		}
		if sibling.order != nil {
			orders = append(orders, sibling.name.text)
			continue
		}
		for _, name := range sibling.from {
			if l := t.graph.byName[name.text]; len(l.topics) > 0 {
				others = append(others, name.text)
			}
		}
	}
	var what string
	switch {
	case len(others) > 0:
		what = fmt.Sprintf("ordered merger %s is in one sub-topology with what reads %s", op.name.text, among(others))
	case len(orders) > 0 && op.name.text < orders[0]:
		what = fmt.Sprintf("ordered merger %s is in one sub-topology with %s", op.name.text, among(orders))
	default:
		return
	}
	t.wrong(op.name.node, "A0709", what, fmt.Sprintf("give stream %s a `topic:`, so that the order ends there", t.behind(op)))
}

// behind is the first stream that op writes and that has no topic.
func (t *typer) behind(op *operatorSpec) string {
	for _, p := range op.to {
		if !p.isWord() && len(t.graph.byName[p.to.text].topics) == 0 {
			return p.to.text
		}
	}
	return op.from[0].text
}
