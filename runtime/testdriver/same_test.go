package testdriver

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// TestSameAsOnABroker: the examples, fused and cut at every stream, make of random events in memory what a worker makes of them on a
// broker: the same records in every partition, and in the order of each input partition.
func TestSameAsOnABroker(t *testing.T) {
	files, err := filepath.Glob("../../pipelines/*.yaml")
	if err != nil || len(files) < 9 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		for _, cut := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, cut %v", filepath.Base(file), cut), func(t *testing.T) {
				p := example(t, file, cut)
				chance := rand.New(rand.NewPCG(uint64(len(file)), 1))
				given := randomEvents(t, p, chance)
				want := onBroker(t, p, given)
				d := New(p)
				for _, seed := range Seeds(5) {
					compare(t, p, d.play(given, seed), want, given)
				}
			})
		}
	}
}

// example loads a file, with topics between all operators where it is to be cut, and with dead letters.
func example(t *testing.T, file string, cut bool) *topology.Pipeline {
	t.Helper()
	o := topology.Options{Partitioner: client.Partition}
	p, err := topology.Load(file, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Streams {
		if cut && len(s.Topics) == 0 {
			o.Topics = append(o.Topics, s.Name)
		}
	}
	if p, err = topology.Load(file, o); err != nil {
		t.Fatal(err)
	}
	p.OnError.DeadLetter = "letters"
	return p
}

// randomEvents are events for every input: values crossed of those in the data of the examples, now and then broken or missing.
// A header numbers them, and each has its partition.
func randomEvents(t *testing.T, p *topology.Pipeline, chance *rand.Rand) []topology.Given {
	t.Helper()
	var all []topology.Given
	for i := range 80 {
		inputs := slices.DeleteFunc(slices.Clone(p.Streams), func(s *topology.Stream) bool { return s.Writer != nil })
		s := inputs[chance.IntN(len(inputs))]
		g := topology.Given{Stream: s, Partition: chance.Int32N(max(1, s.Partitions)), Value: randomValue(t, s, chance), Time: timeBase.AddDate(0, 10, chance.IntN(3)),
			Headers: []stage.Header{{Key: "n", Value: fmt.Append(nil, i)}}}
		if chance.IntN(4) > 0 {
			g.Key = fmt.Appendf(nil, "user-%d", chance.IntN(6))
		}
		all = append(all, g)
	}
	return all
}

func randomValue(t *testing.T, s *topology.Stream, chance *rand.Rand) []byte {
	t.Helper()
	file := map[string]string{"com.example.accounts.Signup": "signups", "com.example.billing.Payment": "payments"}[s.Value.Schema.Type.Name]
	text, err := os.ReadFile("../../pipelines/data/" + file + ".ndjson")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	value := map[string]json.RawMessage{}
	for range 3 {
		var other map[string]json.RawMessage
		if err := json.Unmarshal([]byte(lines[chance.IntN(len(lines))]), &other); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(other)) {
			if value[name] == nil || chance.IntN(2) == 0 {
				value[name] = other[name]
			}
		}
	}
	line, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	data, err := schemas.NewCodec(s.Value.Schema).FromJSON(line)
	if err != nil {
		t.Fatal(err)
	}
	switch chance.IntN(12) {
	case 0:
		return nil
	case 1:
		return data[:chance.IntN(len(data))]
	}
	return data
}

// onBroker runs the pipeline on an embedded broker and gives the records of each topic by partition.
func onBroker(t *testing.T, p *topology.Pipeline, given []topology.Given) map[string][][]*kgo.Record {
	t.Helper()
	broker, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	cl, err := kgo.NewClient(kgo.SeedBrokers(broker.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	layout := New(p).layout
	for topic, n := range layout {
		if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), n, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	for i := range given {
		g := &given[i]
		r := &kgo.Record{Topic: g.Stream.Topic(), Partition: g.Partition, Key: g.Key, Value: g.Value, Timestamp: g.Time}
		for _, h := range g.Headers {
			r.Headers = append(r.Headers, kgo.RecordHeader(h))
		}
		if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	on := *p
	on.Kafka = topology.Kafka{Brokers: broker.Addrs()}
	w, err := runtime.New(&on, runtime.Options{Instance: "one", UntilEnd: true, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return readAll(t, broker.Addrs(), layout)
}

// readAll reads what was committed to all topics.
func readAll(t *testing.T, addrs []string, layout map[string]int32) map[string][][]*kgo.Record {
	t.Helper()
	all := map[string][][]*kgo.Record{}
	for topic, n := range layout {
		all[topic] = make([][]*kgo.Record, n)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumeTopics(slices.Sorted(maps.Keys(layout))...), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListCommittedOffsets(context.Background(), slices.Sorted(maps.Keys(layout))...)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[fmt.Sprint(o.Topic, o.Partition)] = o.Offset
		}
	})
	for len(left) > 0 {
		cl.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) {
			if at := fmt.Sprint(r.Topic, r.Partition); r.Offset+1 >= left[at] {
				delete(left, at)
			}
			if !r.Attrs.IsControl() {
				all[r.Topic][r.Partition] = append(all[r.Topic][r.Partition], r)
			}
		})
		if t.Context().Err() != nil {
			t.Fatal("gave up")
		}
	}
	return all
}

// compare holds a run in memory against what the broker has, by topic, partition, and partition of the input.
func compare(t *testing.T, p *topology.Pipeline, o *outcome, want map[string][][]*kgo.Record, given []topology.Given) {
	t.Helper()
	if o.stopped != nil || o.unbalanced() != "" {
		t.Fatalf("stopped by %v, %s", o.stopped, o.unbalanced())
	}
	written := 0
	for topic, partitions := range o.cluster {
		if topic == p.Control() {
			continue // has when decisions were made
		}
		for partition, log := range partitions {
			written += len(log)
			var got, have []string
			for _, r := range log {
				got = append(got, entry(given, r.Headers, r.Key, r.value))
			}
			for _, r := range want[topic][partition] {
				var headers []stage.Header
				for _, h := range r.Headers {
					headers = append(headers, stage.Header(h))
				}
				have = append(have, entry(given, headers, r.Key, r.Value))
			}
			// A stable sort by the partition that the events come from keeps their order within it. An ordered merger gives all of them
			// one order.
			if !p.Decides() {
				slices.SortStableFunc(got, bySource)
				slices.SortStableFunc(have, bySource)
			}
			if !slices.Equal(got, have) {
				t.Fatalf("%s[%d]: in memory\n%s\non the broker\n%s", topic, partition, strings.Join(got, "\n"), strings.Join(have, "\n"))
			}
		}
	}
	if written <= len(given) {
		t.Fatalf("nothing came out of %s", p.Name)
	}
}

// entry is a record as a line that begins with where its event was given. What differs from run to run is left out.
func entry(given []topology.Given, headers []stage.Header, key, value []byte) string {
	line, n := fmt.Sprintf("key %q value %q", key, value), 0
	for _, h := range headers {
		switch h.Key {
		case "n":
			fmt.Sscan(string(h.Value), &n)
		case "anabranch.operator", "anabranch.code", "__streams.errors.message":
			line += fmt.Sprintf(" %s=%s", h.Key, h.Value)
		}
	}
	return fmt.Sprintf("%s[%d] n=%d %s", given[n].Stream.Name, given[n].Partition, n, line)
}

func bySource(a, b string) int {
	a, _, _ = strings.Cut(a, " ")
	b, _, _ = strings.Cut(b, " ")
	return strings.Compare(a, b)
}
