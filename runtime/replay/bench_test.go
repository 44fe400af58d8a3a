package replay

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/topology"
)

// file is a pipeline of text values whose operators find some events hard: `hard` is the expression of the filter.
func file(hard string) string {
	return fmt.Sprintf(`
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in:   {topic: in, value: {format: bytes}, key: {format: string}, partitions: 3}
  all:  {topic: all}
  good: {topic: good, partitions: 5}
operators:
  both: {type: copier, from: in, to: [all, some]}
  pick: {type: filter, from: some, where: '%s', to: picked}
  user: {type: sharder, from: picked, by: key, to: good}
on_error: {dead_letter: dlq}
`, hard)
}

// The keys are a0, a1, …; those of one letter more cannot be handled by the first expression.
const (
	hard = `key != null && 1 / (3 - size(key)) > 0`
	easy = `key != null && size(key) > 0`
)

// bench is a broker, and what has been written to it.
type bench struct {
	t     *testing.T
	addrs []string
	*kgo.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close(); b.Close() })
	return &bench{t, b.Addrs(), cl}
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func (b *bench) load(text string) *topology.Pipeline {
	b.t.Helper()
	p, err := topology.Parse("p.yaml", []byte(text), topology.Options{Partitioner: client.Partition})
	if err != nil {
		b.t.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: b.addrs}
	return p
}

// pass runs the pipeline over all that is there.
func (b *bench) pass(text string) {
	b.t.Helper()
	w, err := runtime.New(b.load(text), runtime.Options{Instance: "i", UntilEnd: true, CreateTopics: true, Log: quiet})
	if err == nil {
		err = w.Run(b.t.Context())
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// poison makes n events of which every other one becomes a dead letter.
func (b *bench) poison(n int) {
	b.t.Helper()
	b.pass(file(hard))
	var records []*kgo.Record
	for i := range n {
		records = append(records, &kgo.Record{
			Topic: "in", Key: []byte(key(i)), Value: fmt.Appendf(nil, "value %d", i), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)),
			Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte{0xff, byte(i)}}, {Key: "trace", Value: nil}},
		})
	}
	if err := b.ProduceSync(b.t.Context(), records...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
	b.pass(file(hard))
	if got := len(b.committed("dlq")); got != n/2 {
		b.t.Fatalf("%d dead letters, want %d", got, n/2)
	}
}

// key gives keys of two bytes, every other time of three.
func key(i int) string { return string([]byte{'a' + byte(i/26%26), 'a' + byte(i%26), '!'}[:2+i%2]) }

func (b *bench) desk(text string, dial Dial) *Desk {
	b.t.Helper()
	d, err := Open(b.t.Context(), b.load(text), dial, quiet)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(d.Close)
	return d
}

func (b *bench) replay(text string, o Order) *Report {
	b.t.Helper()
	r, err := b.desk(text, nil).Replay(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// committed reads all that was committed to a topic, by partition and offset.
func (b *bench) committed(topic string) []*kgo.Record {
	b.t.Helper()
	var all []*kgo.Record
	err := scan(b.t.Context(), []kgo.Opt{kgo.SeedBrokers(b.addrs...)}, topic, func(r *kgo.Record) error { all = append(all, r); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func keys(records []*kgo.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Key))
	}
	slices.Sort(all)
	return all
}

func wantKeys(from, to, step int) []string {
	var all []string
	for i := from; i < to; i += step {
		all = append(all, key(i))
	}
	slices.Sort(all)
	return all
}

// fates wants counts by fate.
func fates(t *testing.T, g *Groups, waiting, passed, failed, left, replayed int) {
	t.Helper()
	got := g.Total()
	if got.Waiting != waiting || got.Passed != passed || got.Failed != failed || got.Left != left || got.Replayed != replayed {
		t.Errorf("waiting %d, passed %d, failed %d, left %d, replayed %d; want %d, %d, %d, %d, %d",
			got.Waiting, got.Passed, got.Failed, got.Left, got.Replayed, waiting, passed, failed, left, replayed)
	}
}
