package topology

import (
	"fmt"
	"math"
	"time"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/document"
)

var registryGrammar = []string{"subject", "version", "id"}

func (r *reader) streams(n *document.Node) []*streamSpec {
	var all []*streamSpec
	for _, p := range r.entries(n, "streams", "stream", StreamsMax) {
		name := reference{p.Key.Value, p.Key}
		r.checkName("stream", name)
		if key, _ := p.Value.Get("type"); key != nil && typeByKeys(p.Value) != "" {
			r.wrong(key, "A0203", fmt.Sprintf("%s is an operator, and stands under `streams`", name.text), "move it under `operators`")
			continue
		}
		all = append(all, r.stream(name, p.Value))
	}
	return all
}

func (r *reader) stream(name reference, n *document.Node) *streamSpec {
	s := &streamSpec{name: name, declared: true, managed: true, keyFormat: "string"}
	if n.Kind == document.Null {
		return s
	}
	if n.Broken || n.Kind != document.Map {
		s.topicWrong = true
	}
	o := r.object(n, &streamGrammar)
	s.topics = r.topics(o)
	s.topicWrong = s.topicWrong || len(s.topics) == 0 && (o.key("topic") != nil || o.key("topics") != nil || o.suspect)
	s.managed = r.boolean(o.get("managed"), "managed", true)
	s.partitions = int32(r.integerOf(o, "partitions", 0))
	s.config = r.config(o.get("config"))
	if start := o.get("start"); start != nil {
		s.startAt, s.start = start, r.start(start)
	}
	r.value(s, o)
	r.streamKey(s, o.get("key"))
	r.needTopic(s, o)
	return s
}

// needTopic refuses what only a topic can have on a stream that has none.
func (r *reader) needTopic(s *streamSpec, o *object) {
	if o.key("topic") != nil || o.key("topics") != nil || o.suspect || contains(r.options.Topics, s.name.text) {
		return
	}
	for _, key := range []string{"partitions", "managed", "config", "start"} {
		if o.values[key].Value != nil {
			r.wrong(o.key(key), "A0402", fmt.Sprintf("`%s` is said of a topic, and stream %s has none", key, s.name.text), "add `topic:`, or take it away")
		}
	}
}

func (r *reader) topics(o *object) []reference {
	one, several := o.get("topic"), o.get("topics")
	if one != nil && several != nil {
		r.wrong(o.key("topics"), "A0210", "a stream says `topic` or `topics`, not both", "keep one of them")
	}
	var topics []reference
	if one != nil && one.Kind == document.List {
		r.wrong(one, "A0202", "`topic` is one name, got a list", "say `topics:` for several")
		topics = r.texts(one, "topics")
	} else if name, ok := r.text(one, "topic"); ok {
		topics = append(topics, reference{name, one})
	}
	topics = append(topics, r.texts(several, "topics")...)
	var legal []reference
	for _, t := range topics {
		if r.checkTopic(t) {
			legal = append(legal, t)
		}
	}
	return legal
}

// config reads a topic's configuration. Its keys are Kafka's; of the values it is checked what every version of Kafka refuses.
func (r *reader) config(n *document.Node) map[string]string {
	if n == nil {
		return nil
	}
	if n.Kind != document.Map {
		r.wrong(n, "A0202", fmt.Sprintf("`config` is a map, got %s", describe(n)), "write {retention.ms: 604800000}")
		return nil
	}
	config := make(map[string]string, len(n.Pairs))
	for _, p := range n.Pairs {
		if value, ok := r.text(p.Value, "`"+p.Key.Value+"`"); ok {
			config[p.Key.Value] = value
			r.checkConfig(p, value)
		}
	}
	return config
}

func (r *reader) start(n *document.Node) *Start {
	value, ok := r.text(n, "start")
	if !ok {
		return nil
	}
	switch value {
	case "earliest":
		return &Start{}
	case "latest":
		return &Start{Latest: true}
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil || at.UnixMilli() < 0 || at.UnixMilli() > math.MaxInt64/2 {
		remedy := "say earliest, latest or a time as 2026-11-01T00:00:00Z"
		if meant := nearest(value, []string{"earliest", "latest"}); meant != "" {
			remedy = fmt.Sprintf("did you mean `%s`?", meant)
		}
		r.wrong(n, "A0209", fmt.Sprintf("start cannot be %q", shorten(value)), remedy)
		return nil
	}
	return &Start{At: at}
}

// value reads `schema` and `value`, which are two ways to say one thing.
func (r *reader) value(s *streamSpec, o *object) {
	short, long := o.get("schema"), o.get("value")
	if short != nil {
		s.value = valueSpec{node: short, format: "avro", schema: r.schema(short), compatibility: schemas.Backward}
		if !s.value.schema.given() {
			s.value.format = "" // what is wrong with the schema has been said
		}
	}
	if long == nil {
		return
	}
	if short != nil {
		r.wrong(o.key("schema"), "A0210", "`schema` is short for `value: {format: avro, schema: …}`, and both are here", "keep one of them")
	}
	if long.Kind == document.Scalar {
		r.wrong(long, "A0202", fmt.Sprintf("`value` is a map, got %s", describe(long)), fmt.Sprintf("write {format: %s}", shorten(long.Value)))
		return
	}
	v := r.object(long, &valueGrammar)
	s.value = valueSpec{node: long, guessed: short != nil, compatibility: r.compatibility(v), said: v.get("compatibility")}
	s.value.format, _ = r.wordOf(v, "format", "format")
	schema, framing := v.get("schema"), v.get("framing")
	if v.values["format"].Value == nil && schema != nil {
		s.value.format = "avro"
	}
	s.value.schema = r.schema(schema)
	if framing != nil {
		if word, ok := r.wordOf(v, "framing", "framing"); ok {
			s.value.framed = true
			s.value.framing, _ = schemas.ParseFraming(word)
		}
	}
	if schema != nil && !s.value.schema.given() {
		s.value.format, s.value.framed = "", false // what is wrong with the schema has been said
	}
	if s.value.format == "" && v.values["schema"].Value == nil && v.get("compatibility") != nil {
		r.wrong(v.key("compatibility"), "A0206", "`compatibility` is said of schemas, and there is none", "add `schema: FILE`")
	}
	if s.value.format != "string" && s.value.format != "bytes" {
		return
	}
	for _, key := range []string{"schema", "framing", "compatibility"} {
		if v.values[key].Value != nil {
			r.wrong(v.key(key), "A0210", fmt.Sprintf("`%s` is said of avro, and the format is %s", key, s.value.format), "take it away, or say `format: avro`")
			s.value.framed, s.value.guessed = false, true
		}
	}
	if s.value.schema.given() {
		s.value.format = "avro" // whoever names a schema most likely means it
	}
}

// compatibility reads what the schemas of a subject owe each other; backward where the file does not say, as in registries.
func (r *reader) compatibility(o *object) schemas.Mode {
	if o.get("compatibility") == nil {
		return schemas.Backward
	}
	word, ok := r.wordOf(o, "compatibility", "compatibility")
	if !ok {
		return schemas.None // nothing more is said of it
	}
	return schemas.Mode(word)
}

// schema reads the name of a schema file.
func (r *reader) schema(n *document.Node) reference {
	if n == nil {
		return reference{}
	}
	if n.Kind == document.Map {
		for _, key := range registryGrammar {
			if k, _ := n.Get(key); k != nil {
				r.wrong(k, "A0204", "a schema by `"+key+"` of a registry is not in this version", "name a file: `schema: signup.avsc`")
				return reference{}
			}
		}
		r.wrong(n, "A0202", "`schema` is the name of a file, got a map", "put the schema into a file, and name it: `schema: signup.avsc`")
		return reference{}
	}
	name, ok := r.text(n, "schema")
	if !ok {
		return reference{}
	}
	return reference{name, n}
}

// streamKey reads what the file says of a stream's keys.
func (r *reader) streamKey(s *streamSpec, n *document.Node) {
	if n == nil {
		return
	}
	if n.Kind != document.Map {
		s.keyEquals = r.formula(n, "key", true)
		return
	}
	o := r.object(n, &keyGrammar)
	if format := o.get("format"); format != nil {
		if word, ok := r.wordOf(o, "format", "the key's format"); ok {
			s.keyFormat = word
		}
	}
	s.keyEquals = r.formula(o.get("equals"), "equals", true)
}
