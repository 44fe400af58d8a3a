package topology

import "github.com/anabranch-go/anabranch/schemas"

var streamGrammar = grammar{
	what: "a stream",
	doc:  "A stream is a named, typed edge between operators. With a topic it is in Kafka; without one it exists only inside a worker and costs nothing.",
	example: `orders: {topic: orders, schema: order.avsc, key: value.user_id, partitions: 4}
big: {topic: big, config: {retention.ms: 604800000}}`,
	fields: []field{
		{name: "topic", is: simple(formText), doc: "The topic that holds the stream. Adding one to an inner stream cuts the pipeline there, so that both sides scale alone."},
		{name: "topics", is: listOf(simple(formText)), doc: "The topics of an input that is several, of one schema and one number of partitions."},
		{name: "schema", is: simple(formText), doc: "The Avro schema of the values: a file, relative to the pipeline file. Short for `value: {format: avro, schema: …}`. Outputs need none: theirs is inferred."},
		{name: "value", is: keysOf(&valueGrammar), doc: "What the values are, in full."},
		{name: "key", is: simple(formExpression).orElse(listOf(simple(formExpression)).orElse(keysOf(&keyGrammar))), doc: "What the key of each event equals. It is a claim, which contracts and `--feed` use."},
		{name: "partitions", is: number(1, PartitionsMax), otherwise: "the input's; the broker's default", doc: "How many partitions the topic has where it is created."},
		{name: "managed", is: simple(formBoolean), otherwise: "true", doc: "`false`: the topic belongs to another team, and is never created or altered."},
		{name: "config", is: mapOf(simple(formText)), doc: "The configuration of the topic where it is created. The keys are Kafka's."},
		{name: "start", is: words("earliest", "latest").orElse(simple(formText)), otherwise: "earliest", doc: "Where an input begins whose group has never committed a position: at one of its ends, or at a time such as 2026-11-01T00:00:00Z."},
	},
	later: []string{"validate", "moved_from", "own_group", "tombstones", "on_change", "reorder", "subject", "framing", "retention", "replication"},
}

var valueGrammar = grammar{
	what: "`value`",
	doc:  "What the values of a stream are.",
	fields: []field{
		{name: "format", is: words("avro", "string", "bytes").butLater("json", "protobuf"), otherwise: "avro with a schema, else bytes", doc: "How values are encoded."},
		{name: "schema", is: simple(formText), doc: "The Avro schema: a file, relative to the pipeline file."},
		{name: "framing", is: words("none", "confluent"), otherwise: "none", doc: "What stands before each value: nothing, or the five bytes of a registry's schema id."},
		{
			name: "compatibility", otherwise: "backward", doc: "What the schemas of one subject owe each other, as a registry would demand it.",
			is: words(string(schemas.Backward), string(schemas.Forward), string(schemas.Full), string(schemas.None)).
				butLater(string(schemas.BackwardTransitive), string(schemas.ForwardTransitive), string(schemas.FullTransitive)),
		},
	},
	later: []string{"subject", "validate", "version"},
}

var keyGrammar = grammar{
	what: "`key`",
	doc:  "What the keys of a stream are.",
	fields: []field{
		{name: "format", is: words("string", "bytes").butLater("avro", "json", "protobuf"), otherwise: "string", doc: "How keys are encoded."},
		{name: "equals", is: simple(formExpression).orElse(listOf(simple(formExpression))), doc: "What the key of each event equals."},
	},
	later: []string{"schema", "framing"},
}
