package topology

import (
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
	"github.com/anabranch-go/anabranch/topology/document"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// orderSpec is what an ordered merger says of its order.
type orderSpec struct {
	by        formula
	heartbeat formula
	idleAfter time.Duration // 0: strict
	maxAhead  time.Duration
	ahead     *document.Node // of max_ahead; nil where the file does not say it
	flag      bool
	sequence  *document.Node // nil: no numbers
}

const (
	wordFlag        = "flag"
	idleAfterMax    = 30 * 24 * time.Hour
	maxAheadMax     = 365 * 24 * time.Hour
	maxAheadDefault = time.Hour
)

// onlyOrdered are the keys that mean something to an ordered merger alone.
var onlyOrdered = []string{"wait", "late", "max_ahead", "heartbeat", "sequence", "scope"}

func (r *reader) merger(op *operatorSpec, o *object) {
	by, order := o.key("order_by"), o.get("order")
	r.single(op, o)
	if by == nil && order != nil && order.Kind == document.Scalar && order.Value != "none" {
		r.wrong(order, "A0209", fmt.Sprintf("order cannot be %q", shorten(order.Value)), "say what events are ordered by: `order_by: timestamp`, with `wait` and `late`; or `order: none`")
		return
	}
	r.wordOf(o, "order", "order")
	if by == nil {
		for _, key := range onlyOrdered {
			if k := o.key(key); k != nil {
				r.wrong(k, "A0210", fmt.Sprintf("`%s` is of a merger with an order, and merger %s has none", key, op.name.text), "add `order_by: timestamp`, or take it away")
			}
		}
		return
	}
	if order != nil {
		r.wrong(order, "A0210", fmt.Sprintf("merger %s has an order, and says that it has none", op.name.text), "keep one of `order` and `order_by`")
	}
	s := &orderSpec{maxAhead: maxAheadDefault}
	op.order = s
	s.by = r.formula(o.get("order_by"), "order_by", false)
	s.heartbeat = r.formula(o.get("heartbeat"), "heartbeat", false)
	for _, key := range []string{"wait", "late"} {
		if o.key(key) == nil && !o.suspect {
			remedy := map[string]string{
				"wait": "add `wait: {idle_after: 1m}`, or `wait: strict` to wait for a silent input for ever",
				"late": "add `late:` with a stream, dead_letter, drop or flag",
			}[key]
			r.wrong(op.name.node, "A0206", fmt.Sprintf("merger %s has an order and no `%s`", op.name.text, key), remedy)
		}
	}
	r.wait(s, o.get("wait"))
	if s.ahead = o.get("max_ahead"); s.ahead != nil {
		s.maxAhead = r.duration(s.ahead, "max_ahead", maxAheadMax, maxAheadDefault)
	}
	if sequence := o.get("sequence"); r.boolean(sequence, "sequence", false) {
		s.sequence = sequence
	}
	r.wordOf(o, "scope", "scope")
	r.late(op, o.get("late"))
}

// wait reads how long a silent input is waited for.
func (r *reader) wait(s *orderSpec, n *document.Node) {
	switch {
	case n == nil:
	case n.Kind == document.Map:
		s.idleAfter = r.duration(r.object(n, &idleGrammar).get("idle_after"), "idle_after", idleAfterMax, time.Minute)
	default:
		if d, err := time.ParseDuration(n.Value); err == nil && d > 0 {
			r.wrong(n, "A0209", fmt.Sprintf("wait cannot be %q", n.Value), fmt.Sprintf("write {idle_after: %s}", n.Value))
			return
		}
		r.word(n, "wait", []string{"strict"}, nil)
	}
}

// late reads where late records go: by the second port, but for those that are flagged.
func (r *reader) late(op *operatorSpec, n *document.Node) {
	switch name, ok := r.text(n, "late"); {
	case !ok:
	case name == wordFlag:
		op.order.flag = true
	default:
		r.port(op, labelLate, reference{name, n}, false)
	}
}

// byTimestamp tells whether records are ordered by their own timestamp, which no expression need be run for.
func (s *orderSpec) byTimestamp() bool { return s.by.source == "timestamp" }

// ordering is what the runtime needs of an ordered merger.
func (s *orderSpec) ordering(node int, at layout) *Ordering {
	o := &Ordering{Node: node, IdleAfter: s.idleAfter, Flag: s.flag, Sequence: s.sequence != nil}
	if s.heartbeat.given() {
		o.Heartbeat = s.heartbeat.expr.Bool(at)
	}
	if s.byTimestamp() {
		return o
	}
	rank := s.by.expr.Rank(at)
	o.Rank = func(e *stage.Event[row]) (merger.Rank, error) {
		number, text, err := rank(e)
		if err == nil && len(text) > merger.TextBytesMax {
			err = &expression.Fault{What: fmt.Sprintf("a text of %d bytes; records are ordered by at most %d", len(text), merger.TextBytesMax), Source: s.by.source}
		}
		return merger.Rank{N: number, S: text}, err
	}
	if s.by.expr.Type().Name == "timestamp" {
		o.MaxAhead = s.maxAhead
	}
	return o
}
