package topology

var testGrammar = grammar{
	what: "a test",
	doc:  "A test gives events to the inputs and says what comes out. The whole pipeline runs, with several partitions and in many interleavings. What is lost and not expected fails the test.",
	example: `name: small orders are dropped
given:
  orders:
    - {id: a, quantity: 5}
    - {id: b, quantity: 1}
expect:
  big: [{id: a}]
  dropped: {large: 1}`,
	fields: []field{
		{name: "name", is: simple(formText), need: true, doc: "What the test shows."},
		{name: "given", is: mapOf(listOf(simple(formAnything))), need: true, doc: "By input stream, its events: values as plain YAML. Fields that are left out have their defaults. An event with a key, headers or a time is written `{$key: …, $headers: …, $time: …, $partition: …, $value: …}`; bytes that are no value `{$raw: BASE64}`."},
		{name: "expect", is: mapOf(simple(formAnything)), need: true, doc: "By stream that is written, a number of events, or a list of them. `dropped` says by operator how many it drops, `dead_letter` what is rejected, `stops` that the pipeline stops."},
	},
	later: []string{"seeds", "partitions", "delay", "skip", "only", "vars"},
	hints: map[string]string{"input": "given", "inputs": "given", "when": "given", "output": "expect", "outputs": "expect", "then": "expect", "expected": "expect"},
}

var expectedGrammar = grammar{
	what: "what is expected of a stream",
	doc:  "The long form of what is expected of a stream.",
	fields: []field{
		{name: "count", is: number(0, TestEventsMax), doc: "How many events there are."},
		{name: "events", is: listOf(simple(formAnything)), doc: "The events; fields that are left out may have any value."},
		{name: "exact", is: simple(formBoolean), otherwise: "false", doc: "Fields that are left out have their defaults."},
		{name: "in_order", is: simple(formBoolean), otherwise: "false", doc: "The events come in the order of the list."},
	},
	later: []string{"contains", "at_least", "at_most", "none"},
	hints: map[string]string{"ordered": "in_order", "order": "in_order", "list": "events"},
}

var deadGrammar = grammar{
	what: "an expected dead letter",
	doc:  "An event that is rejected, as it entered the operator that rejects it.",
	fields: []field{
		{name: "operator", is: simple(formText), doc: "The operator that rejects it."},
		{name: "code", is: simple(formText), doc: "Its code."},
		{name: "reason", is: simple(formText), doc: "A part of what is said of it."},
		{name: "value", is: simple(formAnything), doc: "Its value."},
		{name: "key", is: simple(formAnything), doc: "Its key."},
		{name: "headers", is: mapOf(simple(formAnything)), doc: "Its headers."},
	},
	hints: map[string]string{"$value": "value", "$key": "key", "$headers": "headers", "message": "reason", "error": "reason"},
	nulls: []string{"value", "key"},
}
