package demo

import (
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/schemas"
)

// copyOf is what an output would get of one input record; a fault changes it.
type copyOf struct {
	topic  string
	record *kgo.Record
}

// TestVerdict writes outputs by hand, as the pipeline should and with one fault each.
func TestVerdict(t *testing.T) {
	second := func(topic string, change func(outs []copyOf, i int) []copyOf) func([]copyOf) []copyOf {
		return func(outs []copyOf) []copyOf {
			seen := 0
			for i := range outs {
				if outs[i].topic != topic {
					continue
				}
				if seen++; seen == 2 {
					return change(outs, i)
				}
			}
			panic("no second record of " + topic)
		}
	}
	drop := func(outs []copyOf, i int) []copyOf { return append(outs[:i:i], outs[i+1:]...) }
	repeat := func(outs []copyOf, i int) []copyOf { return append(outs, outs[i]) }
	alter := func(outs []copyOf, i int) []copyOf {
		outs[i].record.Value = append([]byte{}, outs[i].record.Value...)
		outs[i].record.Value[0]++
		return outs
	}
	move := func(outs []copyOf, i int) []copyOf {
		outs[i].record.Partition ^= 1
		return outs
	}
	strip := func(outs []copyOf, i int) []copyOf { outs[i].record.Headers = outs[i].record.Headers[:2]; return outs }
	late := func(outs []copyOf, i int) []copyOf { return append(drop(outs, i), outs[i]) }
	for name, c := range map[string]struct {
		fault func([]copyOf) []copyOf
		want  history.Report // the counts of faults, all topics together
	}{
		"as it should be":                {func(outs []copyOf) []copyOf { return outs }, history.Report{}},
		"audit lost one":                 {second(auditTopic, drop), history.Report{Lost: 1}},
		"audit has one twice":            {second(auditTopic, repeat), history.Report{Duplicated: 1}},
		"audit changed one":              {second(auditTopic, alter), history.Report{Changed: 1}},
		"audit has one late":             {second(auditTopic, late), history.Report{Reordered: 1}},
		"a shard lost one":               {second(shardTopic, drop), history.Report{Lost: 1}},
		"a shard has one twice":          {second(shardTopic, repeat), history.Report{Duplicated: 1}},
		"one is on a wrong shard":        {second(shardTopic, move), history.Report{Misplaced: 1}},
		"a dead letter is lost":          {second(deadTopic, drop), history.Report{Lost: 1}},
		"a dead letter is there twice":   {second(deadTopic, repeat), history.Report{Duplicated: 1}},
		"a dead letter without origin":   {second(deadTopic, strip), history.Report{Misattributed: 1}},
		"what was dropped went to shard": {intruder, history.Report{Unexpected: 1, Reordered: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			broker, err := embedded.Start()
			if err != nil {
				t.Fatal(err)
			}
			defer broker.Close()
			write(t, broker.Addrs(), c.fault)
			proof, err := verify(t.Context(), broker.Addrs())
			if err != nil {
				t.Fatal(err)
			}
			var got history.Report
			for _, o := range proof.Outputs {
				got.Lost += o.Lost
				got.Duplicated += o.Duplicated
				got.Reordered += o.Reordered
				got.Changed += o.Changed
				got.Misplaced += o.Misplaced
				got.Misattributed += o.Misattributed
				got.Unexpected += o.Unexpected
				got.Foreign += o.Foreign
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %v; want %v", &got, &c.want)
			}
			if clean := fmt.Sprint(c.want) == fmt.Sprint(history.Report{}); proof.Holds() != clean {
				t.Errorf("the verdict is %v", proof.Holds())
			}
		})
	}
}

// intruder sends a dropped event on to its shard.
func intruder(outs []copyOf) []copyOf {
	sharded := map[int]bool{}
	for _, o := range outs {
		if n, _ := history.Number(o.record); o.topic != auditTopic {
			sharded[n] = true
		}
	}
	for _, o := range outs {
		n, _ := history.Number(o.record)
		if o.topic == auditTopic && !sharded[n] {
			r := *o.record
			r.Topic, r.Partition = shardTopic, client.Partition(r.Key, shards)
			return append(outs, copyOf{shardTopic, &r})
		}
	}
	panic("nothing is dropped")
}

// write makes events, and writes the outputs that they should give, changed by fault.
func write(t *testing.T, addrs []string, fault func([]copyOf) []copyOf) {
	t.Helper()
	p, err := load(addrs)
	if err != nil {
		t.Fatal(err)
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if _, err := topics.Ensure(t.Context(), producer, p, true); err != nil {
		t.Fatal(err)
	}
	if err := generate(t.Context(), addrs, 100); err != nil {
		t.Fatal(err)
	}
	var records []*kgo.Record
	for _, o := range fault(outputs(t, addrs)) {
		r := *o.record
		r.Topic = o.topic
		records = append(records, &r)
	}
	for _, r := range records { // one at a time, so that their order is that of the list
		if err := producer.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// outputs gives what must become of the events in the input topic.
func outputs(t *testing.T, addrs []string) (outs []copyOf) {
	t.Helper()
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		t.Fatal(err)
	}
	oracle, err := signup.NewOracle(string(schema))
	if err != nil {
		t.Fatal(err)
	}
	err = history.Read(context.Background(), addrs, inputTopic, func(r *kgo.Record) error {
		audit, other := *r, *r
		outs = append(outs, copyOf{auditTopic, &audit})
		switch oracle.Fate(r.Value) {
		case signup.Kept:
			other.Partition = client.Partition(r.Key, shards)
			outs = append(outs, copyOf{shardTopic, &other})
		case signup.Dead:
			origin := fmt.Sprintf("%s:%d:%d", r.Topic, r.Partition, r.Offset)
			other.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], kgo.RecordHeader{Key: deadletter.HeaderOrigin, Value: []byte(origin)})
			outs = append(outs, copyOf{deadTopic, &other})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return outs
}
