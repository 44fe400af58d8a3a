package topology

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology/document"
)

// typeHints are names that other systems use.
var typeHints = map[string]string{
	"map": "mapper", "transform": "mapper", "tee": "copier", "copy": "copier", "broadcast": "copier", "fanout": "copier",
	"branch": "splitter", "switch": "splitter", "router": "splitter", "split": "splitter", "route": "splitter",
	"shard": "sharder", "partition": "sharder", "repartition": "sharder", "partitioner": "sharder",
	"merge": "merger", "union": "merger", "where": "filter", "aggregate": "reduce",
}

func (r *reader) operators(s *spec, n *document.Node) {
	if n.Partial {
		s.blindFrom, s.blindTo = true, true
	}
	for _, p := range r.strays(r.entries(n, "operators", "operator", OperatorsMax)) {
		name := reference{p.Key.Value, p.Key}
		r.checkName("operator", name)
		s.operators = append(s.operators, r.operator(s, name, p.Value))
	}
}

// strays gives keys of an operator that are not indented under it back to the operator above them.
func (r *reader) strays(entries []document.Pair) []document.Pair {
	var all []document.Pair
	for _, p := range entries {
		last := len(all) - 1
		if last < 0 || all[last].Value.Kind != document.Map || p.Value.Kind == document.Map || !keyOfSome(p.Key.Value) {
			all = append(all, p)
			continue
		}
		r.wrong(p.Key, "A0202", fmt.Sprintf("`%s` is a key of an operator, and stands beside the operators", p.Key.Value), fmt.Sprintf("indent it under %s", all[last].Key.Value))
		owner := *all[last].Value
		owner.Pairs = append(slices.Clone(owner.Pairs), p)
		all[last].Value = &owner
	}
	return all
}

// keyOfSome tells whether some operator has a key of that name.
func keyOfSome(name string) bool {
	for _, g := range operatorGrammars {
		if g.field(name) != nil {
			return true
		}
	}
	return false
}

func (r *reader) operator(s *spec, name reference, n *document.Node) *operatorSpec {
	op := &operatorSpec{name: name, node: n, otherwise: -1}
	before := r.mistakes
	defer func() { op.broken = op.broken || r.mistakes > before }()
	if n.Broken {
		r.mistakes++
		op.mentions = map[string]bool{}
		mention(n, op.mentions)
		return op
	}
	if n.Kind != document.Map {
		r.wrong(name.node, "A0202", fmt.Sprintf("operator %s is a map, got %s", name.text, describe(n)), "write {type: …, from: …, to: …}")
		s.blindFrom, s.blindTo = true, true
		return op
	}
	if !r.operatorType(op, n) {
		r.guess(op)
		op.broken = true
		return op
	}
	before = r.mistakes // a type misspelt breaks nothing else
	g := operatorGrammars[op.typ]
	o := r.object(n, g)
	keys := r.mistakes
	r.from(op, o)
	_, op.reorder = r.wordOf(o, "reorder", "reorder")
	switch op.typ {
	case "copier":
		r.copier(op, o)
	case "filter":
		op.where = r.formula(o.get("where"), "where", false)
		r.single(op, o)
	case "splitter":
		r.splitter(op, o)
	case "sharder":
		r.sharder(op, o)
	case "merger":
		r.merger(op, o)
	}
	whole := wholeList(o.get("from"), len(op.from)) && wholeList(o.get("to"), len(op.to))
	switch whole = whole || op.lostTo && len(op.from) > 0 || len(op.from) > 0 && len(op.to) > 0 && r.mistakes == keys; {
	case r.mistakes == before:
	case whole:
		op.mentions = unread(o)
	default:
		r.guess(op)
	}
	if len(op.to) > stage.MaxPorts {
		r.wrong(name.node, "A0208", fmt.Sprintf("%s has %d outputs", name.text, len(op.to)), fmt.Sprintf("at most %d; put a second %s behind one of them", stage.MaxPorts, op.typ))
	}
	return op
}

// operatorType reads `type` and says whether the operator can be read on.
func (r *reader) operatorType(op *operatorSpec, n *document.Node) bool {
	key, value := n.Get("type")
	if key == nil && n.Partial {
		return false
	}
	if key == nil {
		for _, p := range n.Pairs {
			if nearest(p.Key.Value, []string{"type"}) != "" {
				if contains(operatorTypes, p.Value.Value) {
					op.typ = p.Value.Value
				} else {
					r.wrong(p.Key, "A0203", fmt.Sprintf("an operator has no key `%s`", p.Key.Value), "did you mean `type`?")
				}
				return op.typ != ""
			}
		}
		r.wrong(op.name.node, "A0206", fmt.Sprintf("operator %s has no `type`", op.name.text), "add `type:`, one of "+either(operatorTypes))
		op.typ = typeByKeys(n)
		return op.typ != ""
	}
	if value.Broken {
		r.mistakes++
		op.typ = typeByKeys(n)
		return op.typ != ""
	}
	if value.Kind == document.Null {
		if op.typ = typeByKeys(n); op.typ == "" {
			r.wrong(key, "A0205", "`type` is empty", "it is "+either(operatorTypes))
		}
		return op.typ != ""
	}
	typ, ok := r.text(value, "type")
	switch hint := typeHints[typ]; {
	case !ok:
	case contains(operatorTypes, typ):
		op.typ = typ
		return true
	case contains(laterTypes, typ):
		r.wrong(value, "A0204", fmt.Sprintf("operator type `%s` is not in this version", typ), "it is "+either(operatorTypes))
	case hint != "" && contains(laterTypes, hint):
		r.wrong(value, "A0209", fmt.Sprintf("there is no operator type %q", typ), fmt.Sprintf("it would be `%s`, which is not in this version", hint))
	case hint != "":
		r.wrong(value, "A0209", fmt.Sprintf("there is no operator type %q", shorten(typ)), fmt.Sprintf("did you mean `%s`?", hint))
		op.typ = hint
	default:
		r.wrong(value, "A0209", fmt.Sprintf("there is no operator type %q", shorten(typ)), suggest(typ, operatorTypes, "types"))
		op.typ = nearest(typ, operatorTypes)
	}
	// What is a type but for its spelling is read on as that type, so that it hides no other mistake.
	return op.typ != ""
}

// typeByKeys is the type that an operator most likely has which does not say it; empty where its keys do not tell.
func typeByKeys(n *document.Node) string {
	shared := []string{"type", "from", "to"}
	from, to := nodeOrNone(n, "from"), nodeOrNone(n, "to")
	for _, p := range n.Pairs {
		for _, typ := range operatorTypes {
			g := operatorGrammars[typ]
			own := slices.DeleteFunc(g.names(), func(key string) bool { return contains(shared, key) })
			if name := p.Key.Value; contains(shared, name) {
				continue
			} else if contains(own, name) || contains(own, g.hints[name]) || nearest(name, own) != "" {
				return typ
			}
		}
	}
	switch {
	case from.Kind == document.List:
		return "merger"
	case to.Kind == document.List:
		return "copier"
	}
	return ""
}

// nodeOrNone gives the value of a key, an empty one where there is none.
func nodeOrNone(n *document.Node, key string) *document.Node {
	if _, value := n.Get(key); value != nil {
		return value
	}
	return &document.Node{}
}

// guess keeps one mistake from making others: whatever a broken operator names may be what it reads or writes.
func (r *reader) guess(op *operatorSpec) {
	op.mentions = map[string]bool{}
	mention(op.node, op.mentions)
	if op.typ == "" {
		return
	}
	for _, name := range op.from {
		delete(op.mentions, name.text)
	}
	for _, p := range op.to {
		delete(op.mentions, p.to.text)
	}
	op.lostFrom, op.lostTo = op.lostFrom || len(op.from) == 0, op.lostTo || len(op.to) == 0
}

// wholeList tells whether n is one name, or a list of names, and as many different ones were read of it.
func wholeList(n *document.Node, read int) bool {
	if n == nil || n.Kind != document.List {
		return n != nil && n.Kind == document.Scalar && read == 1
	}
	different := map[string]bool{}
	for _, item := range n.Items {
		different[item.Value] = true
	}
	return read > 0 && (read == len(n.Items) || read == len(different))
}

// unread are the texts under the keys that were not read: what an operator of a later version may read or write.
func unread(o *object) map[string]bool {
	names := map[string]bool{}
	for _, p := range o.node.Pairs {
		if !slices.ContainsFunc(slices.Collect(maps.Values(o.values)), func(known document.Pair) bool { return known.Key == p.Key }) {
			mention(p.Value, names)
		}
	}
	return names
}

// mention collects every text in n.
func mention(n *document.Node, names map[string]bool) {
	switch {
	case n.Broken:
		for _, word := range strings.FieldsFunc(n.Value, func(c rune) bool { return illegalRune.MatchString(string(c)) }) {
			names[word] = true
		}
	case n.Kind == document.Scalar:
		names[n.Value] = true
	}
	for _, item := range n.Items {
		mention(item, names)
	}
	for _, p := range n.Pairs {
		names[p.Key.Value] = true
		mention(p.Value, names)
	}
}

// from reads the inputs: one stream, or for a merger several.
func (r *reader) from(op *operatorSpec, o *object) {
	n := o.get("from")
	if n == nil {
		return
	}
	if op.typ != "merger" {
		if n.Kind == document.List && len(n.Items) > 1 {
			r.wrong(n, "A0202", fmt.Sprintf("a %s reads one stream, got a list", op.typ), "merge them before it:\n"+mergerSnippet(n))
			op.from = r.texts(n, "streams")
			return
		}
		if name, ok := r.text(n, "from"); ok {
			op.from = []reference{{name, n}}
		}
		return
	}
	if n.Kind != document.Scalar {
		op.from = r.texts(n, "streams")
	} else if name, ok := r.text(n, "from"); ok {
		op.from = []reference{{name, n}}
	}
	if len(op.from) == 1 && len(n.Items) < 2 {
		r.wrong(n, "A0701", "a merger of one stream merges nothing", "name two or more, or take the merger away")
	}
	seen := map[string]bool{}
	for _, name := range op.from {
		if seen[name.text] {
			r.wrong(name.node, "A0702", fmt.Sprintf("stream %s is here twice", name.text), "name each stream once")
		}
		seen[name.text] = true
	}
}

func mergerSnippet(n *document.Node) string {
	var names []string
	for _, item := range n.Items {
		names = append(names, item.Value)
	}
	return fmt.Sprintf("all: {type: merger, from: [%s], order: none, to: …}", joinNames(names))
}

// single reads `to` of an operator with one output.
func (r *reader) single(op *operatorSpec, o *object) {
	n := o.get("to")
	if n == nil {
		return
	}
	if n.Kind == document.List && len(n.Items) > 1 {
		r.wrong(n, "A0202", fmt.Sprintf("a %s writes one stream, got a list", op.typ), "copy it behind with a copier")
		for _, name := range r.texts(n, "streams") {
			r.port(op, "", name, false)
		}
		return
	}
	if name, ok := r.text(n, "to"); ok {
		r.port(op, "", reference{name, n}, false)
	}
}

func (r *reader) copier(op *operatorSpec, o *object) {
	n := o.get("to")
	if n == nil {
		return
	}
	if n.Kind != document.List {
		r.single(op, o)
		return
	}
	for _, item := range n.Items {
		if key, _ := item.Get("own_group"); key != nil {
			r.wrong(key, "A0204", "`own_group` of a branch is not in this version", "name the stream alone")
			return
		}
	}
	for _, name := range r.texts(n, "streams") {
		r.port(op, "", name, false)
	}
}

// port gives the number of the port to a stream or a word; one that is there already gets the label too where shared is true.
func (r *reader) port(op *operatorSpec, label string, to reference, shared bool) int {
	for i := range op.to {
		if op.to[i].to.text != to.text {
			continue
		}
		if !shared {
			r.wrong(to.node, "A0702", fmt.Sprintf("stream %s is here twice", to.text), "name each stream once")
			return i
		}
		if label != "" && op.to[i].label != "" {
			label = op.to[i].label + ", " + label
		}
		op.to[i].label = label
		return i
	}
	p := portSpec{label: label, to: to}
	if p.isWord() && op.typ != "splitter" && label != labelLate {
		r.wrong(to.node, "A0302", fmt.Sprintf("`%s` is a word of splitters, not a stream", to.text), "name a stream")
		op.lostTo = true
		return -1
	}
	op.to = append(op.to, p)
	return len(op.to) - 1
}
