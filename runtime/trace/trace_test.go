package trace

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// examples are the example pipelines, and one that is cut in two and has operators which reject.
func examples(t *testing.T) []*topology.Pipeline {
	t.Helper()
	files, err := filepath.Glob("../../pipelines/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all []*topology.Pipeline
	for _, file := range append(files, "testdata/orders.yaml") {
		p, err := topology.Load(file, topology.Options{Partitioner: client.Partition})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// lines are values in JSON by the name of their schema.
func lines(t *testing.T) map[string][]map[string]json.RawMessage {
	t.Helper()
	all := map[string][]map[string]json.RawMessage{}
	for file, name := range map[string]string{
		"../../pipelines/data/signups.ndjson": "Signup", "../../pipelines/data/payments.ndjson": "Payment", "testdata/orders.ndjson": "Order",
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			value := map[string]json.RawMessage{}
			if err := json.Unmarshal([]byte(line), &value); err != nil {
				t.Fatal(err)
			}
			all[name] = append(all[name], value)
		}
	}
	return all
}

// drawValue crosses two of the values, and now and then breaks what comes of it.
func drawValue(t *rapid.T, schema *schemas.Schema, values []map[string]json.RawMessage) []byte {
	a, b := rapid.SampledFrom(values).Draw(t, "a"), rapid.SampledFrom(values).Draw(t, "b")
	crossed := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		crossed[name] = a[name]
		if rapid.Bool().Draw(t, name) && b[name] != nil {
			crossed[name] = b[name]
		}
	}
	line, err := json.Marshal(crossed)
	if err != nil {
		t.Fatal(err)
	}
	value, err := schemas.NewCodec(schema).FromJSON(line)
	if err != nil {
		t.Fatal(err)
	}
	switch rapid.IntRange(0, 9).Draw(t, "broken") {
	case 0:
		return nil
	case 1:
		return value[:rapid.IntRange(0, len(value)-1).Draw(t, "bytes")]
	}
	return value
}

// The law of traces: what a trace predicts is what the Runner of a worker does, sink by sink and letter by letter, through every topic
// in between.
func TestTraceIsWhatTheRunnerDoes(t *testing.T) {
	values := lines(t)
	for _, p := range examples(t) {
		t.Run(p.Name, func(t *testing.T) {
			layout := topics.Declared(p, 1)
			tracer := New(p, layout)
			rapid.Check(t, func(t *rapid.T) {
				var external []*topology.Stream
				for _, s := range p.Streams {
					if s.Writer == nil {
						external = append(external, s)
					}
				}
				stream := rapid.SampledFrom(external).Draw(t, "stream")
				name := stream.Value.Schema.Type.Name
				value := drawValue(t, stream.Value.Schema, values[name[strings.LastIndexByte(name, '.')+1:]])
				m := stage.Meta{Time: time.UnixMilli(1_700_000_000_000), Origin: stage.Origin{
					Topic: stream.Topic(), Partition: rapid.Int32Range(0, layout[stream.Topic()]-1).Draw(t, "partition"), Offset: 7,
				}}
				if rapid.Bool().Draw(t, "keyed") {
					m.Key = []byte(rapid.StringN(0, 3, -1).Draw(t, "key"))
				}
				want := ran(p, layout, stream, m, value)
				got := told(tracer.Event(stream, m, value))
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("the trace tells\n%q\nand the runner does\n%q", got, want)
				}
			})
		})
	}
}

// ran is what a worker would write: by topic, in order.
func ran(p *topology.Pipeline, layout topics.Layout, stream *topology.Stream, m stage.Meta, value []byte) map[string][]string {
	all := map[string][]string{}
	for _, sub := range p.Subs {
		in := input(sub, stream)
		if in < 0 {
			continue
		}
		runner := stage.NewRunner(runtime.Alone(sub), runtime.Outputs(sub, layout, m.Origin.Partition))
		e := &event{Meta: m}
		if sub.Projection != nil {
			sub.Projection.Read(value, &e.Value)
		}
		runner.Route(in, 0, e)
		for _, r := range runner.Rejected {
			all["dead "+sub.Name] = append(all["dead "+sub.Name], sub.Operators[r.Node].Name+": "+r.Err.Error())
		}
		for sink, picks := range runner.Picks {
			s := sub.Sinks[sink]
			for _, pick := range picks {
				there := m
				if pick.Rekey {
					there.Key = bytes.Clone(pick.Key)
				}
				there.Origin = stage.Origin{Topic: s.Topic(), Partition: pick.Partition, Offset: Unknown}
				all[s.Topic()] = append(all[s.Topic()], shown(there.Key, pick.Partition))
				for topic, more := range ran(p, layout, s, there, value) {
					all[topic] = append(all[topic], more...)
				}
			}
		}
	}
	return all
}

func shown(key []byte, partition int32) string { return Bytes(key) + " to " + Value(int64(partition)) }

// told is what a trace tells, in the same form.
func told(s *Step) map[string][]string {
	all := map[string][]string{}
	for _, step := range s.All() {
		if step.Rejected != nil {
			name := "dead " + step.Sub.Name
			all[name] = append(all[name], step.Operator.Name+": "+step.Rejected.Error())
		}
	}
	for _, a := range s.Arrivals() {
		all[a.Stream.Topic()] = append(all[a.Stream.Topic()], shown(a.Key, a.Partition))
	}
	return all
}
