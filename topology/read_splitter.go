package topology

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/anabranch-go/anabranch/topology/document"
)

// splitter reads the three ways to split: by value, by conditions, by shares.
func (r *reader) splitter(op *operatorSpec, o *object) {
	match, when, percent := o.get("match"), o.get("when"), o.get("percent")
	ways := 0
	for _, n := range []*document.Node{match, when, percent} {
		if n != nil {
			ways++
		}
	}
	switch {
	case ways == 0 && !o.suspect && o.get("cases") == nil:
		r.wrong(op.name.node, "A0206", fmt.Sprintf("splitter %s does not say how it splits", op.name.text), "add `match:` with `cases:`, `when:` or `percent:`")
	case ways > 1:
		r.wrong(op.name.node, "A0210", fmt.Sprintf("splitter %s splits in more than one way", op.name.text), "keep one of `match`, `when` and `percent`; put a second splitter behind it for the other")
	}
	if match != nil {
		op.match = r.formula(match, "match", false)
		if o.values["cases"].Value == nil && !o.suspect && ways == 1 {
			r.wrong(o.key("match"), "A0206", "`match` has no `cases`", "add `cases: {VALUE: stream}`")
		}
	} else if cases := o.key("cases"); cases != nil && !o.suspect {
		r.wrong(cases, "A0210", "`cases` has no `match` whose values they are", "add `match: EXPRESSION`")
	}
	if cases := o.get("cases"); cases != nil {
		r.cases(op, cases)
	}
	if when != nil {
		r.when(op, when)
	}
	if percent != nil {
		r.percent(op, percent)
	}
	r.otherwise(op, o, ways)
}

func (r *reader) cases(op *operatorSpec, n *document.Node) {
	if n.Kind != document.Map || len(n.Pairs) == 0 && !n.Partial {
		r.wrong(n, "A0202", fmt.Sprintf("`cases` is a map from values to streams, got %s", describe(n)), "write {VALUE: stream}")
		return
	}
	op.broken = op.broken || n.Partial
	for _, p := range n.Pairs {
		if name, ok := r.text(r.there(p, "stream"), "the stream of a case"); ok {
			op.cases = append(op.cases, reference{p.Key.Value, p.Key})
			op.casePorts = append(op.casePorts, r.port(op, p.Key.Value, reference{name, p.Value}, true))
		}
	}
}

// there gives the value of an entry, and reports where it is empty.
func (r *reader) there(p document.Pair, what string) *document.Node {
	if p.Value.Kind != document.Null {
		return p.Value
	}
	r.wrong(p.Key, "A0205", fmt.Sprintf("`%s` is empty", p.Key.Value), fmt.Sprintf("give it a %s", what))
	return nil
}

func (r *reader) when(op *operatorSpec, n *document.Node) {
	if n.Kind != document.List || len(n.Items) == 0 {
		r.wrong(n, "A0202", fmt.Sprintf("`when` is a list of conditions, got %s", describe(n)), "write [{if: EXPRESSION, to: stream}]")
		return
	}
	for _, item := range n.Items {
		o := r.object(item, &whenGrammar)
		condition := r.formula(o.get("if"), "if", false)
		port := -1
		if name, ok := r.text(o.get("to"), "to"); ok {
			port = r.port(op, oneLine(condition.source), reference{name, o.get("to")}, true)
		}
		if condition.given() {
			op.when, op.whenPorts = append(op.when, condition), append(op.whenPorts, port)
		}
	}
}

// oneLine makes a label of an expression that may be written over several lines.
func oneLine(source string) string { return strings.Join(strings.Fields(source), " ") }

func (r *reader) percent(op *operatorSpec, n *document.Node) {
	o := r.object(n, &percentGrammar)
	op.by = r.formula(o.get("by"), "by", true)
	op.salt = op.name.text
	if salt := o.get("salt"); salt != nil {
		if text, ok := r.text(salt, "salt"); ok {
			op.salt = text
		}
	}
	to := o.get("to")
	if to == nil {
		return
	}
	if to.Kind != document.Map || len(to.Pairs) == 0 && !to.Partial {
		r.wrong(to, "A0202", fmt.Sprintf("`to` of `percent` is a map from streams to percentages, got %s", describe(to)), "write {variant: 10, control: 90}")
		return
	}
	sum, whole := 0, !to.Partial
	for _, p := range to.Pairs {
		share, ok := r.percentage(p)
		whole = whole && ok
		sum += share
		r.port(op, formatPercent(share)+" %", reference{p.Key.Value, p.Key}, false)
		op.shares = append(op.shares, share)
	}
	if whole && sum != percentWhole {
		r.wrong(o.key("to"), "A0703", fmt.Sprintf("the shares add up to %s", formatPercent(sum)), "they make 100; `drop` may take what no stream gets")
	}
}

// percentWhole is 100 percent in hundredths of a percent, the unit of shares.
const percentWhole = 100 * 100

func formatPercent(hundredths int) string {
	return strconv.FormatFloat(float64(hundredths)/100, 'f', -1, 64)
}

// percentage reads one share in hundredths of a percent.
func (r *reader) percentage(p document.Pair) (int, bool) {
	value, ok := r.text(r.there(p, "percentage"), "a percentage")
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(value, "%")), 64)
	hundredths := math.Round(number * 100)
	switch {
	case err != nil || math.IsNaN(number):
		r.wrong(p.Value, "A0207", fmt.Sprintf("a percentage is a number, got %q", shorten(value)), "write {variant: 10, control: 90}")
	case number < 0 || number > 100:
		r.wrong(p.Value, "A0208", fmt.Sprintf("the share is %s percent", value), "it lies between 0 and 100")
	case math.Abs(hundredths-number*100) > 1e-6:
		r.wrong(p.Value, "A0208", fmt.Sprintf("the share is %s percent", value), "shares are cut in hundredths of a percent")
	default:
		return int(hundredths), true
	}
	return 0, false
}

// otherwise reads where the rest goes. Whether a `match` needs it is known only with the types.
func (r *reader) otherwise(op *operatorSpec, o *object, ways int) {
	n := o.get("otherwise")
	switch {
	case n != nil && op.shares != nil:
		r.wrong(o.key("otherwise"), "A0210", "shares leave nothing for `otherwise`", "take it away")
	case n != nil:
		if name, ok := r.text(n, "otherwise"); ok {
			op.otherwise = r.port(op, "otherwise", reference{name, n}, true)
		}
	case op.when != nil && ways == 1 && !o.suspect && o.values["otherwise"].Value == nil:
		r.wrong(op.name.node, "A0704", fmt.Sprintf("splitter %s does not say where the rest goes", op.name.text), "add `otherwise:` with a stream, drop or dead_letter")
		op.lostTo = true
	}
}
