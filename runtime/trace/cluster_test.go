package trace

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

const copies = `
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in:  {topic: in, value: {format: string}, key: {format: string}, partitions: 1}
  out: {topic: out}
operators:
  all: {type: copier, from: in, to: [out]}
`

// bench is a broker with the topics in and out, a transactional producer, and a Cluster.
type bench struct {
	*Cluster
	t        *testing.T
	producer *kgo.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p, err := topology.Parse("p.yaml", []byte(copies), topology.Options{Partitioner: client.Partition})
	if err != nil {
		t.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: b.Addrs()}
	producer, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.TransactionalID("test"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	if _, err := kadm.NewClient(producer).CreateTopics(t.Context(), 1, 1, nil, "in", "out"); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), p, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &bench{c, t, producer}
}

// write writes records in a transaction and ends it, unless it is to stay open.
func (b *bench) write(end string, records ...*kgo.Record) {
	b.t.Helper()
	err := b.producer.BeginTransaction()
	if err == nil {
		err = b.producer.ProduceSync(b.t.Context(), records...).FirstErr()
	}
	if err == nil && end != "open" {
		err = b.producer.EndTransaction(b.t.Context(), kgo.TransactionEndTry(end == "commit"))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

var then = time.UnixMilli(1_700_000_000_000)

func record(topic, value string, headers ...string) *kgo.Record {
	r := &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(value), Timestamp: then}
	for _, name := range headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte("in:0:0")})
	}
	return r
}

func TestWhyThereIsNoRecord(t *testing.T) {
	b := newBench(t)
	b.write("commit", record("in", "a"))
	b.write("abort", record("in", "b"))
	b.write("commit", record("in", "c"))
	b.write("open", record("in", "d"))
	at := func(offset int64) stage.Origin { return stage.Origin{Topic: "in", Offset: offset} }
	for offset, want := range map[int64]string{
		1: "a marker of the broker, which commits a transaction", 2: "was written by a transaction that was aborted",
		3: "a marker of the broker, which aborts a transaction", 6: "is not committed yet: a transaction is open from offset 6 on",
		7: "is not written yet: partition 0 ends at offset 7",
	} {
		if _, err := b.Record(t.Context(), at(offset)); !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), want) {
			t.Errorf("offset %d: %v; want %q", offset, err, want)
		}
	}
	if r, err := b.Record(t.Context(), at(4)); err != nil || string(r.Value) != "c" {
		t.Errorf("offset 4: %v, %v", r, err)
	}
	to := kadm.Offsets{}
	to.AddOffset("in", 0, 2, -1)
	if _, err := b.admin.DeleteRecords(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Record(t.Context(), at(0)); !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), "in:0:0 is gone: partition 0 now begins at offset 2") {
		t.Errorf("deleted: %v", err)
	}
}

// What names its origin is certain, and then what is only alike does not count.
func TestOriginHeaderIsCertain(t *testing.T) {
	b := newBench(t)
	b.write("commit", record("in", "a"), record("out", "a"), record("out", "made of it", "anabranch.origin"))
	b.write("abort", record("out", "a"))
	source, err := b.Record(t.Context(), stage.Origin{Topic: "in"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := b.Descendants(t.Context(), b.pipeline.Streams[0], source, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Descendants) != 1 || found.Descendants[0].Offset != 1 || found.Descendants[0].Sure != Certain {
		t.Errorf("found %+v", found)
	}
}

// The headers that an ordered merger adds do not make another record of it, nor a replayed one.
func TestAlikeButForAnOrderedMergersHeaders(t *testing.T) {
	b := newBench(t)
	b.write("commit", record("in", "a"), record("out", "a", topology.SequenceHeader, topology.LateHeader))
	source, err := b.Record(t.Context(), stage.Origin{Topic: "in"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := b.Descendants(t.Context(), b.pipeline.Streams[0], source, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Descendants) != 1 || found.Descendants[0].Why != "same key, time and bytes; 1 candidate" {
		t.Errorf("found %s", found)
	}
}

// What differs in its key, bytes, headers or time is not alike; an aborted record is none; a replay's headers are not its own.
func TestAlike(t *testing.T) {
	b := newBench(t)
	other, late, empty := record("out", "a"), record("out", "a"), record("out", "")
	other.Key, late.Timestamp = []byte("other"), then.Add(time.Millisecond)
	replayed := record("out", "a", "anabranch.replay.topic")
	b.write("commit", record("in", "a"), other, late, empty, record("out", "a", "more"), replayed)
	b.write("abort", record("out", "a"))
	source, err := b.Record(t.Context(), stage.Origin{Topic: "in"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := b.Descendants(t.Context(), b.pipeline.Streams[0], source, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Descendants) != 1 || found.Descendants[0].Offset != 4 || found.Descendants[0].Sure != VeryLikely ||
		!strings.Contains(found.Descendants[0].Why, "by way of a replayed dead letter") {
		t.Errorf("found %s", found)
	}
	if len(found.Notes) != 1 || !strings.Contains(found.Notes[0], "group p.in has never run on in[0]") {
		t.Errorf("notes %q", found.Notes)
	}
}
