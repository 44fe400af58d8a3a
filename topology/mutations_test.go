package topology

// shopFile is a right pipeline that has every part of the language. Each mutation spoils one place of it.
const shopFile = `apiVersion: anabranch/v1
kind: Pipeline
name: shop
delivery: exactly_once
kafka:
  brokers: ["localhost:9092"]
  tls: {ca: ca.pem}
  sasl: {mechanism: PLAIN, user: svc, password: {fromEnv: PASSWORD}}
streams:
  orders: {topic: orders, schema: ../schemas/order.avsc, key: value.user_id, partitions: 4}
  web: {topic: web, value: {format: avro, schema: ../schemas/order.avsc}, managed: false, start: earliest}
  members: {topic: members, schema: ../schemas/tier.avsc}
  audit: {topic: audit, config: {retention.ms: 604800000}}
  free: {topic: free}
  paid: {topic: paid}
  variant: {topic: variant}
  control: {topic: control}
  by_user: {topic: by_user, partitions: 8}
  east: {topic: east}
  west: {topic: west}
  low: {topic: low}
operators:
  all:
    type: merger
    from: [orders, web]
    order: none
    to: every
  keep:
    type: copier
    from: every
    to: [audit, rest]
  large:
    type: filter
    from: rest
    where: value.quantity > 1 && value.amount > 9.5
    to: big
  plans:
    type: splitter
    from: big
    match: value.plan
    cases: {FREE: free, PRO: licensed, ENTERPRISE: licensed}
  noted:
    type: splitter
    from: licensed
    when:
      - {if: 'value.note != null && value.note.startsWith("x")', to: drop}
      - {if: 'value.id.matches("^a")', to: paid}
    otherwise: fine
  trial:
    type: splitter
    from: fine
    percent: {by: value.user_id, salt: one, to: {variant: 10, control: 80, fresh: 10}}
  users:
    type: sharder
    from: fresh
    by: value.user_id
    hash: rendezvous
    to: by_user
  tiers: {type: splitter, from: members, match: value.tier, cases: {LOW: low, HIGH: other, null: drop}}
  sides: {type: sharder, from: other, by: key, to: [east, west]}
on_error:
  retry: {attempts: 3, backoff: {initial: 200ms, max: 5s, jitter: 0.2}}
  dead_letter: shop.dlq
  tolerance: 1%
`

// mutation is one mistake: old, which is in the file once, becomes wrong. ‸ in wrong, or else in at, which is in the file once, is
// where the problem is told.
type mutation struct{ code, old, wrong, at string }

var mutations = []mutation{
	// YAML
	{"A0105", "from: every\n", "from: every‸: more\n", ""},
	{"A0105", "where: value.quantity > 1", "where: value.id == \"a‸: b\" && value.quantity > 1", ""},
	{"A0105", "match: value.plan\n", "match: ‸%value.plan\n", ""},
	{"A0105", "by: value.user_id\n    hash", "by: ‸@value.user_id\n    hash", ""},
	{"A0105", "by: key, to: [east, west]", "by: ‸`key`, to: [east, west]", ""},
	{"A0105", "from: licensed\n", "from: ‸'licensed\n", ""},
	{"A0105", "order: none\n", "order: ‸\"none\n", ""},
	{"A0105", "user: svc", "user: $‸{NOBODY}", ""},
	{"A0106", "    from: fresh\n", "‸\tfrom: fresh\n", ""},
	{"A0107", "where: value.quantity > 1", "where: ‸!has(value.note) && value.quantity > 1", ""},
	{"A0107", "match: value.plan\n", "match: ‸&& value.plan\n", ""},
	{"A0108", "    to: by_user\n", "    to: ‸*by_user\n", ""},
	{"A0111", "otherwise: fine\n", "otherwise: fine\n    ‸otherwise: fine\n", ""},
	{"A0112", "  tls: {ca: ca.pem}\n", "  tls: {‸<<: {ca: ca.pem}}\n", ""},
	{"A0113", "  tls: {ca: ca.pem}\n", "  tls: {‸[ca]: ca.pem}\n", ""},
	// the grammar
	{"A0209", "apiVersion: anabranch/v1", "apiVersion: ‸anabranch/v2", ""},
	{"A0209", "kind: Pipeline", "kind: ‸pipelin", ""},
	{"A0204", "delivery: exactly_once", "delivery: ‸at_least_once", ""},
	{"A0204", "on_error:", "‸vars: {A: b}\non_error:", ""},
	{"A0203", "kafka:\n", "‸kafak:\n", ""},
	{"A0202", "brokers: [\"localhost:9092\"]", "brokers: ‸localhost:9092", ""},
	{"A0206", "sasl: {mechanism: PLAIN, ", "sasl: ‸{", ""},
	{"A0209", "mechanism: PLAIN", "mechanism: ‸PLAINN", ""},
	{"A0203", "partitions: 4}", "‸partition: 4}", ""},
	{"A0207", "partitions: 8}", "partitions: ‸010}", ""},
	{"A0207", "partitions: 4}", "partitions: ‸1_000}", ""},
	{"A0208", "partitions: 8}", "partitions: ‸0}", ""},
	{"A0207", "managed: false", "managed: ‸no", ""},
	{"A0209", "start: earliest", "start: ‸earlyest", ""},
	{"A0210", "value: {format: avro, schema: ../schemas/order.avsc}", "value: {format: string, ‸schema: ../schemas/order.avsc}", ""},
	{"A0209", "value: {format: avro,", "value: {format: ‸avr,", ""},
	{"A0202", "config: {retention.ms: 604800000}", "config: ‸[retention.ms]", ""},
	{"A0209", "type: copier", "type: ‸copyer", ""},
	{"A0209", "type: splitter\n    from: big", "type: ‸switch\n    from: big", ""},
	{"A0204", "type: sharder\n", "type: ‸mapper\n", ""},
	{"A0206", "  large:\n    type: filter\n", "  ‸large:\n", ""},
	{"A0203", "    where: value.quantity", "    ‸were: value.quantity", ""},
	{"A0203", "    where: value.quantity", "    ‸if: value.quantity", ""},
	{"A0203", "    match: value.plan", "    ‸on: value.plan", ""},
	{"A0202", "    from: rest\n", "    from: ‸[rest]\n", ""},
	{"A0205", "    by: value.user_id\n    hash", "    ‸by:\n    hash", ""},
	{"A0209", "hash: rendezvous", "hash: ‸md5", ""},
	{"A0209", "order: none\n", "order: ‸nome\n", ""},
	{"A0209", "order: none\n", "order: ‸timestamp\n", ""},
	{"A0207", "attempts: 3", "attempts: ‸three", ""},
	{"A0207", "initial: 200ms", "initial: ‸1:30", ""},
	{"A0208", "jitter: 0.2", "jitter: ‸2", ""},
	{"A0203", "retry: {", "‸retires: {", ""},
	{"A0207", "tolerance: 1%", "tolerance: ‸few", ""},
	{"A0210", "  dead_letter: shop.dlq\n  tolerance", "  ‸tolerance", ""},
	// the graph
	{"A0301", "name: shop\n", "name: ‸my shop\n", ""},
	{"A0301", "  users:\n", "  ‸us.ers:\n", ""},
	{"A0303", "from: [orders, web]", "from: [‸ordrs, web]", ""},
	{"A0303", "from: licensed", "from: ‸licenced", ""},
	{"A0303", "    from: every\n", "    from: ‸elsewhere_entirely\n", ""},
	{"A0304", "to: [audit, rest]", "to: [audit, rest, ‸nowhere]", ""},
	{"A0305", "  members: {topic: members,", "  ‸members: {", ""},
	{"A0306", "  low: {topic: low}\n", "  low: {topic: low}\n  ‸unused: {topic: unused}\n", ""},
	{"A0307", "to: [audit, rest]", "to: [audit, rest, paid]", "matches(\"^a\")', to: ‸paid}"},
	{"A0308", "on_error:\n", "  extra: {type: splitter, from: ‸members, when: [{if: key == null, to: drop}], otherwise: drop}\non_error:\n", ""},
	{"A0302", "    to: big\n", "    to: ‸drop\n", ""},
	// topics
	{"A0401", "topic: free}", "topic: ‸free.*}", ""},
	{"A0402", "  free: {topic: free}\n", "  free: {topic: free}\n  every: {‸partitions: 4}\n", ""},
	{"A0403", "topic: variant}", "topic: ‸paid}", ""},
	{"A0404", "\"localhost:9092\"", "‸localhost", ""},
	{"A0405", "managed: false,", "managed: false, config: {a: b},", "  ‸web:"},
	{"A0406", "topic: west}", "topic: ‸by.user}", ""},
	{"A0407", "dead_letter: shop.dlq", "dead_letter: ‸control", ""},
	{"A0408", "topic: east}", "topic: ‸orders}", ""},
	{"A0410", "topic: west}", "topic: west, start: ‸latest}", ""},
	// types
	{"A0501", "schema: ../schemas/tier.avsc", "schema: ‸../schemas/teir.avsc", ""},
	{"A0502", "  free: {topic: free}", "  free: {topic: free, schema: ‸../schemas/refund.avsc}", ""},
	// expressions
	{"A0601", "value.amount > 9.5\n", "value.amount >‸\n", ""},
	{"A0602", "'value.id.matches", "'‸vale.id.matches", ""},
	{"A0603", "key: value.user_id,", "key: value.‸user,", ""},
	{"A0603", "value.quantity > 1", "value.‸quantty > 1", ""},
	{"A0603", "match: value.plan\n", "match: value.‸paln\n", ""},
	{"A0603", "match: value.tier,", "match: value.‸teir,", ""},
	{"A0603", "by: value.user_id\n", "by: value.‸user_ip\n", ""},
	{"A0603", "percent: {by: value.user_id", "percent: {by: value.‸userid", ""},
	{"A0604", "value.id.matches(", "value.id.‸match(", ""},
	{"A0605", "value.quantity > 1", "value.quantity ‸> \"1\"", ""},
	{"A0606", "value.note != null && value.note.startsWith", "value.‸note.startsWith", ""},
	{"A0608", "matches(\"^a\")", "matches(‸\"(\")", ""},
	{"A0608", "value.amount > 9.5", "value.amount > 9.5 && 9223372036854775807 ‸+ 1 > 0", ""},
	{"A0608", "value.quantity > 1", "value.quantity / ‸0 > 1", ""},
	{"A0610", "by: value.user_id\n", "by: ‸value.amount\n", ""},
	{"A0903", "value.amount > 9.5", "value.amount > ‸${LIMIT}", ""},
	// operators
	{"A0701", "    to: every\n", "    to: merged\n  single: {type: merger, from: ‸[merged], to: every}\n", ""},
	{"A0702", "to: [audit, rest]", "to: [audit, ‸audit, rest]", ""},
	{"A0703", "control: 80", "control: 70", "one, ‸to: {"},
	{"A0704", "    otherwise: fine\n", "", "  ‸noted:"},
	{"A0705", ", ENTERPRISE: licensed", "", "match: ‸value.plan"},
	{"A0706", "cases: {LOW: low", "cases: {‸LO: low", ""},
	// variables and secrets
	{"A0901", "user: svc", "user: \"‸${NOBODY}\"", ""},
	{"A0902", "ca: ca.pem", "ca: \"‸${CA\"", ""},
	{"A0904", "password: {fromEnv: PASSWORD}", "password: ‸hunter2", ""},
}
