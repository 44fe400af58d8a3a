package topology

import "maps"

// operatorTypes are those of this version, laterTypes the rest of the language.
var (
	operatorTypes = []string{"copier", "filter", "splitter", "sharder", "merger"}
	laterTypes    = []string{"mapper", "handler", "join", "reduce", "workqueue", "scatter", "decorator"}
)

// operatorLater are keys of later versions that any operator may have.
var operatorLater = []string{"moved_from", "tombstones", "own_group", "with", "dead_letter", "on_error"}

// operatorFields gives the fields of an operator of a type: those that all have, and its own between them. The reader looks at `type`
// before it knows which grammar holds.
func operatorFields(typ string, from shape, own ...field) []field {
	fields := []field{
		{name: "type", is: words(typ), doc: "What the operator does."},
		{name: "from", is: from, need: true, doc: map[bool]string{false: "The stream that it reads.", true: "The streams that it reads."}[from.form == formList]},
	}
	fields = append(fields, own...)
	return append(fields, field{name: "reorder", is: words("accept"), doc: "Accept that an order which the input has is lost here."})
}

var (
	oneStream     = field{name: "to", is: simple(formName), need: true, doc: "The stream that it writes."}
	keyExpression = simple(formExpression).orElse(listOf(simple(formExpression)))
)

// operatorGrammars are the keys of each type.
var operatorGrammars = map[string]*grammar{
	"copier": {
		what:    "a copier",
		doc:     "A copier writes every event to every one of its outputs, unchanged.",
		example: `copy: {type: copier, from: orders, to: [audit, big]}`,
		fields: operatorFields("copier", simple(formName),
			field{name: "to", is: listOf(simple(formName)).orElse(simple(formName)), need: true, doc: "The streams that it writes."}),
	},
	"filter": {
		what:    "a filter",
		doc:     "A filter passes on the events for which a condition holds, unchanged. The others are dropped, and counted.",
		example: `large: {type: filter, from: orders, where: value.quantity > 1, to: big}`,
		fields: operatorFields("filter", simple(formName),
			field{name: "where", is: simple(formExpression), need: true, doc: "The condition."}, oneStream),
		hints: map[string]string{"if": "where", "when": "where", "condition": "where"},
	},
	"splitter": {
		what: "a splitter",
		doc:  "A splitter sends each event to one of its outputs, unchanged: by a value (`match`), by conditions (`when`), or by shares (`percent`). `drop` and `dead_letter` can stand where a stream can.",
		example: `by_plan:
  type: splitter
  from: orders
  match: value.plan
  cases: {FREE: drop, PRO: big}
  otherwise: drop`,
		fields: operatorFields("splitter", simple(formName),
			field{name: "match", is: simple(formExpression), doc: "The value to choose by: an enum, a union or a text. Over an enum or a union, every value has a case, or there is `otherwise`."},
			field{name: "cases", is: mapOf(simple(formName)), doc: "By value, where events go that have it."},
			field{name: "when", is: listOf(keysOf(&whenGrammar)), doc: "Conditions, in order: an event goes where the first one says that holds. It needs `otherwise`."},
			field{name: "percent", is: keysOf(&percentGrammar), doc: "Shares of all events, the same ones every time."},
			field{name: "otherwise", is: simple(formName), doc: "Where the rest goes: a stream, `drop` or `dead_letter`."}),
		hints: map[string]string{"on": "match", "On": "match", "ON": "match", "switch": "match", "default": "otherwise", "else": "otherwise", "to": "cases"},
	},
	"sharder": {
		what:    "a sharder",
		doc:     "A sharder spreads events by a key: equal keys go to the same partition of its output, or to the same one of several outputs.",
		example: `users: {type: sharder, from: orders, by: value.user_id, to: big}`,
		fields: operatorFields("sharder", simple(formName),
			field{name: "by", is: keyExpression, need: true, doc: "The key to spread by, or a list of expressions for a key of several parts. An event whose key is null is rejected."},
			field{name: "to", is: simple(formName).orElse(listOf(simple(formName))), need: true, doc: "One stream, whose partitions are chosen; or several, of which one is chosen by rendezvous hashing over their names, so that one more moves few keys."},
			field{name: "hash", is: words("murmur2", "rendezvous"), otherwise: "murmur2", doc: "How a partition is chosen. `murmur2` is as Kafka's own clients choose."},
			field{name: "key", is: words("keep", "by"), otherwise: "keep", doc: "The key of what comes out: as it was, or the one that it was spread by."}),
		hints: map[string]string{"on": "by", "group_by": "by", "partition_by": "by", "shard_by": "by", "key_by": "by"},
	},
	"merger": {
		what:    "a merger",
		doc:     "A merger writes the events of several streams of one type to one stream: as they arrive, or in an order.",
		example: `all: {type: merger, from: [orders, old_orders], order: none, to: big}`,
		fields: operatorFields("merger", listOf(simple(formName)).orElse(simple(formName)),
			field{name: "order", is: words("none"), otherwise: "none", doc: "As it arrives. Each input stays in its own order."},
			field{name: "order_by", is: simple(formExpression), doc: "What the events of each partition are put in order by: `timestamp`, or an expression that gives a timestamp, a whole number or a text. An event counts as no less than those before it in its own partition, so these are never reordered. It needs `wait` and `late`."},
			field{name: "wait", is: words("strict").orElse(keysOf(&idleGrammar)), doc: "How long an input that has been read to its end is waited for: `strict` waits for ever, or until a heartbeat."},
			field{name: "late", is: simple(formName), doc: "Where events go that come too late for the order: a stream, `dead_letter`, `drop`, or `flag` to pass them on with a header."},
			field{name: "max_ahead", is: simple(formDuration), otherwise: "1h", doc: "How far the timestamp that events are ordered by may lie ahead of the record's own; one further ahead goes where late ones go."},
			field{name: "heartbeat", is: simple(formExpression), doc: "A condition: the events for which it holds only say how far their input is, and are dropped."},
			field{name: "sequence", is: simple(formBoolean), otherwise: "false", doc: "Number what comes out, without gaps, in the header `anabranch.sequence`, so that a reader can prove that it has missed nothing."},
			field{name: "scope", is: words("partition").butLater("global"), otherwise: "partition", doc: "Within each partition number: partition 3 of the output is made of partition 3 of each input."}, oneStream),
		hints: map[string]string{"sort_by": "order_by", "sort": "order_by"},
	},
}

// operatorHints are what other systems call the keys that all operators have.
var operatorHints = map[string]string{
	"source": "from", "sources": "from", "input": "from", "inputs": "from", "in": "from", "reads": "from",
	"sink": "to", "sinks": "to", "output": "to", "outputs": "to", "out": "to", "target": "to", "destination": "to", "writes": "to",
}

func init() {
	for _, g := range operatorGrammars {
		g.later = append(g.later, operatorLater...)
		hints := maps.Clone(operatorHints)
		maps.DeleteFunc(hints, func(_, key string) bool { return g.field(key) == nil })
		maps.Copy(hints, g.hints)
		g.hints = hints
	}
}

var whenGrammar = grammar{
	what: "a condition",
	doc:  "One way out of a splitter.",
	fields: []field{
		{name: "if", is: simple(formExpression), need: true, doc: "The condition."},
		{name: "to", is: simple(formName), need: true, doc: "Where an event goes for which it holds."},
	},
	hints: map[string]string{"where": "if", "condition": "if", "then": "to", "when": "if", "on": "if"},
}

var percentGrammar = grammar{
	what: "`percent`",
	doc:  "Shares of all events. An event's share depends on its key and the salt alone, so it is the same each time; widening the first share keeps those that were in it.",
	fields: []field{
		{name: "by", is: keyExpression, need: true, doc: "The key: events with equal keys go the same way."},
		{name: "salt", is: simple(formText), otherwise: "the operator's name", doc: "Another salt makes another choice."},
		{name: "to", is: mapOf(simple(formPercentage)), need: true, doc: "By stream, its percentage, down to hundredths. They add up to 100; `drop` may take what no stream gets."},
	},
	hints: map[string]string{"key": "by", "on": "by", "shares": "to", "seed": "salt"},
}

var idleGrammar = grammar{
	what: "`wait`",
	doc:  "How long a silent input is waited for.",
	fields: []field{
		{name: "idle_after", is: simple(formDuration), need: true, doc: "An input that has nothing for so long is no longer waited for."},
	},
}
