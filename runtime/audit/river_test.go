package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/audit"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/topology"
)

// delta is a pipeline of two sub-topologies: in → everyone (copier) → copy, mid → keep (filter) → kept, and
// kept → twice (copier) → x, y → union (merger) → out. Keys that are no numbers are poison.
const delta = `
apiVersion: anabranch/v1
kind: Pipeline
name: delta
streams:
  in: {topic: in, partitions: 4}
  copy: {topic: copy, partitions: 4}
  kept: {topic: kept, partitions: 4}
  out: {topic: out, partitions: 4}
operators:
  everyone: {type: copier, from: in, to: [copy, mid]}
  keep: {type: filter, from: mid, where: 'key != null && int(key) % 3 != 0', to: kept}
  twice: {type: copier, from: kept, to: [x, y]}
  union: {type: merger, from: [x, y], order: none, to: out}
on_error: {dead_letter: dlq}
`

// river is an embedded broker on which the pipeline of a test runs.
type river struct {
	t     *testing.T
	addrs []string
	*kgo.Client
	admin *kadm.Client

	records, kept, dead uint64 // of what was written to the input so far
}

func newRiver(t *testing.T) *river {
	t.Helper()
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close(); b.Close() })
	r := &river{t: t, addrs: b.Addrs(), Client: cl, admin: kadm.NewClient(cl)}
	if _, err := r.admin.CreateTopic(t.Context(), 4, 1, nil, "in"); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *river) pipeline(text string) *topology.Pipeline {
	r.t.Helper()
	p, err := topology.Parse("p.yaml", []byte(text), topology.Options{Partitioner: client.Partition})
	if err != nil {
		r.t.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: r.addrs}
	return p
}

// put writes n records to partitions in turn: one in seven is poison, a third of the others is dropped.
func (r *river) put(n int) {
	r.t.Helper()
	var records []*kgo.Record
	for range n {
		i := r.records
		key := fmt.Append(nil, i)
		switch {
		case i%7 == 0:
			key = []byte("poison")
			r.dead++
		case i%3 != 0:
			r.kept++
		}
		records = append(records, &kgo.Record{Topic: "in", Partition: int32(i % 4), Key: key, Value: make([]byte, 100)})
		r.records++
	}
	if err := r.ProduceSync(r.t.Context(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *river) worker(p *topology.Pipeline, o runtime.Options) *runtime.Worker {
	r.t.Helper()
	o.CreateTopics, o.Log = true, slog.New(slog.DiscardHandler)
	w, err := runtime.New(p, o)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// run runs p to the end of its input.
func (r *river) run(p *topology.Pipeline, instance string) {
	r.t.Helper()
	if err := r.worker(p, runtime.Options{Instance: instance, UntilEnd: true}).Run(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// crash runs p until it has written for the nth time, and then cuts it off in the middle of that transaction. As for a
// process that is killed, nobody waits for what it still tries.
func (r *river) crash(p *topology.Pipeline, instance string, writes int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	cut := make(chan struct{})
	l := &line{writes: writes, cut: func() { close(cut) }}
	w := r.worker(p, runtime.Options{Instance: instance, Dial: l.dial})
	go func() { _ = w.Run(ctx) }()
	select {
	case <-cut:
	case <-ctx.Done():
		r.t.Error("the worker was not cut off")
	}
	cancel()
}

func (r *river) audit(p *topology.Pipeline, count bool) *audit.Audit {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	found, err := audit.Take(ctx, p, audit.Options{Count: count, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

// balanced wants an audit to find what was put, and nothing wrong.
func (r *river) balanced(found *audit.Audit) {
	r.t.Helper()
	for _, i := range found.Imbalances {
		r.t.Errorf("imbalance: %s", i)
	}
	for _, n := range found.Remarks {
		r.t.Errorf("remark: %s", n)
	}
	for name, want := range map[string][4]uint64{
		"everyone": {r.records, r.records, 0, 0},
		"keep":     {r.records, r.kept, r.records - r.kept - r.dead, r.dead},
		"twice":    {r.kept, r.kept, 0, 0},
		"union":    {2 * r.kept, 2 * r.kept, 0, 0},
	} {
		if got := operator(found, name); got != want {
			r.t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// operator gives what entered an operator, was passed, dropped, and dead.
func operator(found *audit.Audit, name string) [4]uint64 {
	for _, s := range found.Subs {
		for _, o := range s.Operators {
			if o.Name == name {
				return [4]uint64{o.In, o.Passed, o.Dropped, o.Dead}
			}
		}
	}
	return [4]uint64{}
}

// line is all that one worker has of the network. It breaks for good when the worker writes records for the nth time.
type line struct {
	mu     sync.Mutex
	writes int
	dead   bool
	conns  []net.Conn
	cut    func()
}

func (l *line) dial(ctx context.Context, network, host string) (net.Conn, error) {
	plain, err := (&net.Dialer{}).DialContext(ctx, network, host)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		plain.Close()
		return nil, errors.New("cut off")
	}
	l.conns = append(l.conns, plain)
	return &lineConn{plain, l}, nil
}

type lineConn struct {
	net.Conn
	line *line
}

func (c *lineConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	const produce = 0
	if len(b) > 6 && int(b[4])<<8|int(b[5]) == produce {
		c.line.wrote()
	}
	return n, err
}

func (l *line) wrote() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes--; l.writes == 0 {
		l.dead = true
		for _, c := range l.conns {
			c.Close()
		}
		l.cut()
	}
}
