package transporttest

import (
	"context"
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// patience bounds each wait of the suite; it is long because a slow machine must not fail it.
const patience = 60 * time.Second

// cluster is the Kafka of one test, by an independent plain client.
type cluster struct {
	t       *testing.T
	brokers []string
	open    Open
	client  *kgo.Client
	admin   *kadm.Client
	prefix  string
}

func newCluster(t *testing.T, brokers []string, open Open) *cluster {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	h := fnv.New32()
	fmt.Fprint(h, t.Name(), time.Now().UnixNano())
	return &cluster{t, brokers, open, client, kadm.NewClient(client), fmt.Sprintf("tt%08x", h.Sum32())}
}

// topic creates a topic of n partitions whose name is particular to the test.
func (c *cluster) topic(name string, n int32) string {
	name = c.prefix + "-" + name
	if _, err := c.admin.CreateTopic(c.context(), n, 1, nil, name); err != nil {
		c.t.Fatal(err)
	}
	return name
}

func (c *cluster) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	c.t.Cleanup(cancel)
	return ctx
}

// put writes plain records.
func (c *cluster) put(records ...*kgo.Record) {
	c.t.Helper()
	if err := c.client.ProduceSync(c.context(), records...).FirstErr(); err != nil {
		c.t.Fatal(err)
	}
}

// numbers writes values from..to-1 to one partition, with keys k<n>.
func (c *cluster) numbers(topic string, partition int32, from, to int) {
	c.t.Helper()
	var records []*kgo.Record
	for n := from; n < to; n++ {
		records = append(records, &kgo.Record{Topic: topic, Partition: partition, Key: fmt.Appendf(nil, "k%d", n), Value: fmt.Append(nil, n)})
	}
	c.put(records...)
}

// putTransaction writes numbers in a transaction of its own, so that a marker follows them.
func (c *cluster) putTransaction(topic string, partition int32, from, to int, commit bool) {
	c.t.Helper()
	p, err := kgo.NewClient(kgo.SeedBrokers(c.brokers...), kgo.TransactionalID(c.prefix+"-writer"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		c.t.Fatal(err)
	}
	defer p.Close()
	if err := p.BeginTransaction(); err != nil {
		c.t.Fatal(err)
	}
	for n := from; n < to; n++ {
		p.Produce(c.context(), &kgo.Record{Topic: topic, Partition: partition, Value: fmt.Append(nil, n)}, nil)
	}
	if err := p.Flush(c.context()); err != nil {
		c.t.Fatal(err)
	}
	if err := p.EndTransaction(c.context(), kgo.TransactionEndTry(commit)); err != nil {
		c.t.Fatal(err)
	}
}

// stable waits until no transaction is open on a topic, and gives its ends. A commit is answered before its markers
// are written.
func (c *cluster) stable(topic string) kadm.ListedOffsets {
	c.t.Helper()
	for start := time.Now(); time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
		all, err := c.admin.ListEndOffsets(c.context(), topic)
		if err != nil {
			c.t.Fatal(err)
		}
		stable, err := c.admin.ListCommittedOffsets(c.context(), topic)
		if err != nil {
			c.t.Fatal(err)
		}
		open := false
		all.Each(func(o kadm.ListedOffset) {
			s, _ := stable.Lookup(topic, o.Partition)
			open = open || s.Offset < o.Offset
		})
		if !open {
			return stable
		}
	}
	c.t.Fatalf("a transaction stays open on %s", topic)
	return nil
}

// committed reads all that a topic's readers can see, by partition, once no transaction is open on it.
func (c *cluster) committed(topic string) map[int32][]*kgo.Record {
	c.t.Helper()
	ends := c.stable(topic)
	offsets, left := map[int32]kgo.Offset{}, map[int32]int64{}
	for p, end := range ends[topic] {
		if end.Offset > 0 {
			offsets[p], left[p] = kgo.NewOffset().At(0), end.Offset
		}
	}
	found := map[int32][]*kgo.Record{}
	if len(left) == 0 {
		return found
	}
	r, err := kgo.NewClient(kgo.SeedBrokers(c.brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets}))
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Close()
	ctx := c.context()
	for len(left) > 0 && ctx.Err() == nil {
		r.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if !r.Attrs.IsControl() {
				found[r.Partition] = append(found[r.Partition], r)
			}
		})
	}
	if ctx.Err() != nil {
		c.t.Fatalf("read %s: partitions %v never came to their end", topic, left)
	}
	return found
}

// values are the values of all partitions that committed reads.
func (c *cluster) values(topic string) (values []string) {
	c.t.Helper()
	found := c.committed(topic)
	for p := range int32(64) {
		for _, r := range found[p] {
			values = append(values, string(r.Value))
		}
	}
	return values
}

// lag is how far the group is behind the last stable offsets of a topic.
func (c *cluster) lag(group, topic string) (lag int64) {
	c.t.Helper()
	ends, err := c.admin.ListCommittedOffsets(c.context(), topic)
	if err != nil {
		c.t.Fatal(err)
	}
	have, err := c.admin.FetchOffsets(kadm.RequireStable(c.context()), group)
	if err != nil {
		c.t.Fatal(err)
	}
	ends.Each(func(end kadm.ListedOffset) {
		at, _ := have.Lookup(topic, end.Partition)
		lag += end.Offset - max(at.At, 0)
	})
	return lag
}

// reader is the transport under test in the hands of the suite.
type reader struct {
	transport.Transport
	c     *cluster
	tasks map[int32]bool
	ended bool
}

func (c *cluster) reader(s Spec) *reader {
	c.t.Helper()
	s.Group = c.prefix + "." + s.Group
	r := &reader{Transport: c.open(c.t, s), c: c, tasks: map[int32]bool{}}
	c.t.Cleanup(r.Close)
	return r
}

// poll polls once, and keeps count of the tasks.
func (r *reader) poll() []transport.Batch {
	r.c.t.Helper()
	round, err := r.Poll(context.Background())
	if err != nil {
		r.c.t.Fatal("poll:", err)
	}
	for _, task := range round.Revoked {
		if !r.tasks[task] {
			r.c.t.Errorf("task %d is revoked and was not assigned", task)
		}
		delete(r.tasks, task)
	}
	for _, task := range round.Assigned {
		if r.tasks[task] {
			r.c.t.Errorf("task %d is assigned twice", task)
		}
		r.tasks[task] = true
	}
	for _, b := range round.Batches {
		if !r.tasks[b.Partition()] {
			r.c.t.Errorf("a batch of task %d, which is not assigned", b.Partition())
		}
	}
	r.ended = r.ended || round.Ended
	return round.Batches
}

// until polls and gives each batch to f, and each round to commit, until done.
func (r *reader) until(done func() bool, f func(b transport.Batch)) {
	r.c.t.Helper()
	for start := time.Now(); !done(); {
		if time.Since(start) > patience {
			r.c.t.Fatal("this took too long")
		}
		for _, b := range r.poll() {
			f(b)
		}
		if done() {
			return
		}
	}
}

func (r *reader) commit() bool {
	r.c.t.Helper()
	committed, err := r.Commit(context.Background())
	if err != nil {
		r.c.t.Fatal("commit:", err)
	}
	return committed
}
