package runtime_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/topology"
)

// river is an embedded broker and a client of it.
type river struct {
	t     *testing.T
	addrs []string
	*kgo.Client
}

func newRiver(t *testing.T) *river {
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
	return &river{t, b.Addrs(), cl}
}

// load reads a pipeline file whose streams are cut where cuts says.
func (r *river) load(text string, cuts ...string) *topology.Pipeline {
	r.t.Helper()
	p, err := topology.Parse("p.yaml", []byte(text), topology.Options{Topics: cuts, Partitioner: client.Partition})
	if err != nil {
		r.t.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: r.addrs}
	return p
}

// worker makes a worker of p that is quiet.
func (r *river) worker(p *topology.Pipeline, instance string, untilEnd bool) *runtime.Worker {
	r.t.Helper()
	w, err := runtime.New(p, runtime.Options{
		Instance: instance, UntilEnd: untilEnd, CreateTopics: true, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

func (r *river) create(topic string, partitions int32) {
	r.t.Helper()
	if _, err := kadm.NewClient(r.Client).CreateTopic(r.t.Context(), partitions, 1, nil, topic); err != nil {
		r.t.Fatal(err)
	}
}

// produce writes records to topic whose keys are user-0 to user-(users-1) in turn and whose values are numbered from first.
func (r *river) produce(topic string, first, n, users int) {
	r.t.Helper()
	var records []*kgo.Record
	for i := first; i < first+n; i++ {
		records = append(records, &kgo.Record{
			Topic: topic, Key: fmt.Appendf(nil, "user-%d", i%users), Value: fmt.Appendf(nil, "%d", i),
			Headers: []kgo.RecordHeader{{Key: "n", Value: fmt.Append(nil, i)}},
		})
	}
	if err := r.ProduceSync(r.t.Context(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}

// committed reads all that was committed to a topic, by partition and offset.
func (r *river) committed(topic string) []*kgo.Record {
	r.t.Helper()
	ends, err := kadm.NewClient(r.Client).ListCommittedOffsets(r.t.Context(), topic)
	if err != nil {
		r.t.Fatal(err)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(r.addrs...), kgo.ConsumeTopics(topic), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		r.t.Fatal(err)
	}
	defer reader.Close()
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	var all []*kgo.Record
	for len(left) > 0 {
		reader.PollFetches(r.t.Context()).EachRecord(func(rec *kgo.Record) {
			if rec.Offset+1 >= left[rec.Partition] {
				delete(left, rec.Partition)
			}
			if !rec.Attrs.IsControl() {
				all = append(all, rec)
			}
		})
		if r.t.Context().Err() != nil {
			r.t.Fatal("gave up")
		}
	}
	slices.SortStableFunc(all, func(a, b *kgo.Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return all
}

// values are the values of each key, in order.
func values(records []*kgo.Record) map[string][]string {
	all := map[string][]string{}
	for _, r := range records {
		all[string(r.Key)] = append(all[string(r.Key)], string(r.Value))
	}
	return all
}

func same(t *testing.T, what string, got, want map[string][]string) {
	t.Helper()
	if !maps.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("%s: got %d keys, want %d; first difference at %s", what, len(got), len(want), difference(got, want))
	}
}

func difference(got, want map[string][]string) string {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if !slices.Equal(got[k], want[k]) {
			return fmt.Sprintf("%s: got %v, want %v", k, got[k], want[k])
		}
	}
	for k := range got {
		if want[k] == nil {
			return k + ", which should not be there"
		}
	}
	return "none"
}

// wanted are the values of each key that produce writes and keep keeps.
func wanted(n, users int, keep func(user int) bool) map[string][]string {
	all := map[string][]string{}
	for i := range n {
		if keep(i % users) {
			k := fmt.Sprintf("user-%d", i%users)
			all[k] = append(all[k], fmt.Sprint(i))
		}
	}
	return all
}

// until waits for done, and tells whether it came before the end of ctx.
func until(ctx context.Context, done func() bool) bool {
	for !done() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Millisecond):
		}
	}
	return true
}
