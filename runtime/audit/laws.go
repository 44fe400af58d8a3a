package audit

import (
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/runtime/tally"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// checkSub holds each partition to the laws of the balance.
func (a *auditor) checkSub(sub *topology.Sub, s *Sub) {
	if len(s.Partitions) == 0 {
		a.remark("%s has not run yet", s.Name)
	}
	for i := range s.Partitions {
		p := &s.Partitions[i]
		where := fmt.Sprintf("%s[%d]", p.Topic, p.Partition)
		switch {
		case p.Err != nil:
			a.remark("%s is not audited: what stands beside position %d was %v", where, p.Position, p.Err)
			continue
		case p.earlier > 0:
			a.remark("%s is counted from offset %d, where the operators of the file changed", where, p.From)
		case p.From > 0 && p.Records > 0:
			a.remark("%s is counted from offset %d", where, p.From)
		}
		if uint64(p.Position-p.From) < p.Records {
			a.found.Imbalances = append(a.found.Imbalances, Imbalance{Sub: s.Name, Topic: p.Topic, Partition: p.Partition,
				What: fmt.Sprintf("%d records were counted between offsets %d and %d", p.Records, p.From, p.Position)})
		}
		l := laws{sub: sub, shape: tally.Of(sub), sheet: p.sheet, topic: p.Topic}
		for n, op := range sub.Operators {
			for _, what := range l.broken(n) {
				a.found.Imbalances = append(a.found.Imbalances, Imbalance{s.Name, op.Name, p.Topic, p.Partition, what})
			}
		}
	}
}

// laws are those of one sheet.
type laws struct {
	sub   *topology.Sub
	shape *tally.Shape
	sheet *tally.Sheet
	topic string
}

// broken says what does not hold of an operator.
func (l *laws) broken(operator int) (broken []string) {
	op, c := l.sub.Operators[operator], &l.sheet.Operators[operator]
	if c.In != c.Passed+c.Dropped+c.Dead {
		broken = append(broken, fmt.Sprintf("in %d, but passed %d + dropped %d + dead %d", c.In, c.Passed, c.Dropped, c.Dead))
	}
	if given, from := l.given(op); given != c.In {
		broken = append(broken, fmt.Sprintf("in %d, but %s gave it %d", c.In, from, given))
	}
	return append(broken, l.emitted(op, c, l.shape.Streams(operator))...)
}

// emitted holds what left by the ports to what was passed. A copier whose copy for one stream the broker refused has sent
// the others: the event counts as dead.
func (l *laws) emitted(op *topology.Operator, c *stage.Counts, streams []string) (broken []string) {
	var sum uint64
	for k, n := range c.Emitted {
		sum += n
		if op.Type == "copier" && (n < c.Passed || n > c.Passed+c.Dead) {
			broken = append(broken, fmt.Sprintf("passed %d, but emitted %d to %s", c.Passed, n, streams[k]))
		}
	}
	switch op.Type {
	case "filter", "splitter", "sharder", "merger":
		if sum != c.Passed {
			broken = append(broken, fmt.Sprintf("passed %d, but emitted %d", c.Passed, sum))
		}
	}
	return broken
}

// given is how many events the operator's inputs gave it, and which these are.
func (l *laws) given(op *topology.Operator) (n uint64, from string) {
	for _, s := range op.From {
		if len(s.Topics) > 0 {
			if slices.Contains(s.Topics, l.topic) {
				n += l.sheet.Records
				from += ", " + s.Name
			}
			continue
		}
		writer := slices.Index(l.sub.Operators, s.Writer)
		n += l.sheet.Operators[writer].Emitted[slices.Index(l.shape.Streams(writer), s.Name)]
		from += ", " + s.Name
	}
	if from == "" {
		return n, "nothing"
	}
	return n, from[len(", "):]
}
