package topology_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/topology"
)

const lawSchema = `{"type": "record", "name": "R", "fields": [{"name": "user", "type": "string"}, {"name": "plan", "type": "string"}]}`

// law is one random pipeline with what its topics hold.
type law struct {
	t        *rapid.T
	pipeline *topology.Pipeline
	codec    *schemas.Codec
	layout   map[string]int32
	topics   map[string][][]*event // by topic and partition
}

// event is a record on its way, and where it comes from.
type event struct {
	source     string
	partition  int32
	number     int // in its source partition
	user, plan string
	key, value []byte
}

// bytesOf are what the expressions of these pipelines give.
func bytesOf(by string, e *event) []byte {
	parts := map[string]string{"value.user": e.user, "value.plan": e.plan, `value.user + "x"`: e.user + "x", "key": string(e.key)}
	if text, single := parts[by]; single {
		return []byte(text)
	}
	var tuple []byte
	for part := range strings.SplitSeq(strings.Trim(by, "[]"), ", ") {
		tuple = append(sharder.AppendInt(tuple, int32(len(parts[part]))), parts[part]...)
	}
	return tuple
}

// TestContractsHold runs random pipelines over random records, tasks in any order, and holds every topic to its contract.
func TestContractsHold(t *testing.T) {
	schema, err := schemas.Parse([]byte(lawSchema))
	if err != nil {
		t.Fatal(err)
	}
	facts, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := randomPipeline(t)
		p, err := topology.Parse("law.yaml", []byte(text), topology.Options{
			ReadFile: func(string) ([]byte, error) { return []byte(lawSchema), nil }, Partitioner: client.Partition})
		if err != nil {
			if !strings.Contains(err.Error(), "A0803") && !strings.Contains(err.Error(), "A0306") {
				t.Fatal(err)
			}
			refused++ // sub-topologies that wait for each other, or an input that nothing reads
			return
		}
		l := &law{t: t, pipeline: p, codec: schemas.NewCodec(schema), layout: map[string]int32{}, topics: map[string][][]*event{}}
		for _, s := range p.Streams {
			if len(s.Topics) > 0 {
				l.layout[s.Topic()], l.topics[s.Topic()] = s.Partitions, make([][]*event, s.Partitions)
			}
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for _, s := range p.Streams {
			if s.Writer == nil {
				l.fill(s, random)
			}
		}
		for _, sub := range p.Subs {
			l.run(sub, random)
		}
		for _, s := range p.Streams {
			if len(s.Topics) > 0 {
				facts += l.hold(s, text)
			}
		}
	})
	if !testing.Short() && facts < 200 { // short runs make a fifth of the pipelines
		t.Errorf("only %d facts were claimed, and %d pipelines refused", facts, refused)
	}
}

// randomPipeline puts operators behind each other until a few streams are open, which become topics.
func randomPipeline(t *rapid.T) string {
	var streams, operators strings.Builder
	var open []string
	width := func() int { return rapid.IntRange(1, 4).Draw(t, "width") }
	for i := range rapid.IntRange(1, 2).Draw(t, "inputs") {
		key := rapid.SampledFrom([]string{"", ", key: value.user", ", key: '[value.user, value.plan]'"}).Draw(t, "key")
		open = append(open, fmt.Sprint("in", i))
		fmt.Fprintf(&streams, "  in%d: {topic: in%d, schema: law.avsc, partitions: %d%s}\n", i, i, width(), key)
	}
	take := func() string {
		i := rapid.IntRange(0, len(open)-1).Draw(t, "from")
		name := open[i]
		open = slices.Delete(open, i, i+1)
		return name
	}
	made := 0
	next := func() string {
		name := fmt.Sprint("s", made)
		made++
		if rapid.Bool().Draw(t, "topic") {
			fmt.Fprintf(&streams, "  %s: {topic: %[1]s, partitions: %d}\n", name, width())
		}
		open = append(open, name)
		return name
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "operators") {
		kinds := []string{"copier", "splitter", "sharder", "sharder", "shards"}
		if len(open) > 1 {
			kinds = append(kinds, "merger", "merger")
		}
		from := take()
		fmt.Fprintf(&operators, "  o%d: {from: %s, ", i, from)
		by := rapid.SampledFrom([]string{"value.user", "value.plan", "[value.user, value.plan]", "value.user + 'x'", "key"}).Draw(t, "by")
		rekey := rapid.SampledFrom([]string{"keep", "by"}).Draw(t, "rekey")
		switch kind := rapid.SampledFrom(kinds).Draw(t, "kind"); kind {
		case "copier":
			fmt.Fprintf(&operators, "type: copier, to: [%s, %s]}\n", next(), next())
		case "splitter":
			fmt.Fprintf(&operators, "type: splitter, when: [{if: value.plan < 'p1', to: %s}], otherwise: %s}\n", next(), next())
		case "sharder":
			hash := rapid.SampledFrom([]string{"murmur2", "rendezvous"}).Draw(t, "hash")
			fmt.Fprintf(&operators, "type: sharder, by: %q, hash: %s, key: %s, to: %s}\n", by, hash, rekey, next())
		case "shards":
			fmt.Fprintf(&operators, "type: sharder, by: %q, key: %s, to: [%s, %s]}\n", by, rekey, next(), next())
		case "merger":
			// The first input is written already.
			s := operators.String()
			operators.Reset()
			operators.WriteString(strings.TrimSuffix(s, "from: "+from+", "))
			fmt.Fprintf(&operators, "from: [%s, %s], type: merger, order: none, to: %s}\n", from, take(), next())
		}
	}
	for _, name := range open {
		if !strings.Contains(streams.String(), "  "+name+":") {
			fmt.Fprintf(&streams, "  %s: {topic: %[1]s, partitions: %d}\n", name, width())
		}
	}
	text := operators.String()
	text = strings.NewReplacer(`"[value.user, value.plan]"`, "[value.user, value.plan]").Replace(text)
	return "apiVersion: anabranch/v1\nkind: Pipeline\nname: law\nstreams:\n" + streams.String() + "operators:\n" + text + "on_error: {dead_letter: dlq}\n"
}

// fill writes records as the file claims them.
func (l *law) fill(s *topology.Stream, random *rand.Rand) {
	n := s.Partitions
	count := make([]int, n)
	for range 60 {
		e := &event{source: s.Topic(), user: fmt.Sprint("u", random.IntN(4)), plan: fmt.Sprint("p", random.IntN(3))}
		var err error
		if e.value, err = l.codec.FromJSON(fmt.Appendf(nil, `{"user": %q, "plan": %q}`, e.user, e.plan)); err != nil {
			l.t.Fatal(err)
		}
		if s.KeyEquals != "" {
			e.key = bytesOf(s.KeyEquals, e)
			e.partition = client.Partition(e.key, n)
		} else {
			e.partition = random.Int32N(n)
			if random.IntN(4) > 0 {
				e.key = fmt.Append(nil, "k", random.IntN(3))
			}
		}
		e.number = count[e.partition]
		count[e.partition]++
		l.topics[s.Topic()][e.partition] = append(l.topics[s.Topic()][e.partition], e)
	}
}

// run carries what the inputs of sub hold through its tasks, a record of any of them at a time.
func (l *law) run(sub *topology.Sub, random *rand.Rand) {
	type queue struct {
		input  int
		number int32
		events []*event
	}
	runners := map[int32]*stage.Runner[stage.Row]{}
	var queues []*queue
	for i, in := range sub.Inputs {
		for number, events := range l.topics[in.Topic()] {
			queues = append(queues, &queue{i, int32(number), slices.Clone(events)})
			if runners[int32(number)] == nil {
				runners[int32(number)] = stage.NewRunner(sub.Program, runtime.Outputs(sub, l.layout, int32(number)))
			}
		}
	}
	var row stage.Event[stage.Row]
	for len(queues) > 0 {
		at := random.IntN(len(queues))
		q := queues[at]
		if len(q.events) == 0 {
			queues = slices.Delete(queues, at, at+1)
			continue
		}
		e := q.events[0]
		q.events = q.events[1:]
		runner := runners[q.number]
		runner.Reset()
		row.Meta = stage.Meta{Key: e.key, Origin: stage.Origin{Topic: sub.Inputs[q.input].Topic(), Partition: q.number}}
		if sub.Projection != nil {
			sub.Projection.Read(e.value, &row.Value)
		}
		runner.Route(q.input, 0, &row)
		for sink, picks := range runner.Picks {
			for _, pick := range picks {
				out := *e
				if pick.Rekey {
					out.key = bytes.Clone(pick.Key)
				}
				to := l.topics[sub.Sinks[sink].Topic()]
				to[pick.Partition] = append(to[pick.Partition], &out)
			}
		}
	}
}

// hold checks everything that the contract of s says, and gives the number of facts.
func (l *law) hold(s *topology.Stream, text string) int {
	c, facts := s.Contract, 0
	fail := func(e *event, what string) {
		l.t.Fatalf("stream %s: %s; record %+v, contract %+v\n%s", s.Name, what, *e, c, text)
	}
	hash := map[string]func([]byte, int32) int32{"murmur2": client.Partition, "rendezvous": sharder.Rendezvous}[c.Partitioning.Hash]
	for partition, events := range l.topics[s.Topic()] {
		for _, e := range events {
			if c.Key.Equals != "" && !bytes.Equal(bytesOf(c.Key.Equals, e), e.key) {
				fail(e, "the key is another")
			}
			unkeyed := c.Partitioning.By == "key" && e.key == nil
			if c.Partitioning.By != "" && !unkeyed && hash(bytesOf(c.Partitioning.By, e), c.Partitioning.Partitions) != int32(partition) {
				fail(e, "it is in another partition")
			}
		}
	}
	for _, o := range c.Order {
		facts++
		last, where := map[string]int{}, map[string]int{}
		for partition, events := range l.topics[s.Topic()] {
			for _, e := range events {
				group := fmt.Sprint(e.source, "/", e.partition)
				if o.Fact == topology.ByKey {
					if slices.Contains(o.By, "key") && e.key == nil {
						continue
					}
					group = e.source
					for _, by := range o.By {
						group += fmt.Sprintf("/%x", bytesOf(by, e))
					}
				}
				if at, seen := where[group]; seen && at != partition {
					fail(e, o.String()+": "+group+" is in two partitions")
				}
				// Events of one key that have come from several source partitions have no order that could be kept.
				place := fmt.Sprint(group, "/", e.partition)
				if e.number < last[place] {
					fail(e, o.String()+": it comes too late")
				}
				where[group], last[place] = partition, e.number
			}
		}
	}
	return facts
}
