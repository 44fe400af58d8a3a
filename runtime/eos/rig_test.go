package eos

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

const patience = 60 * time.Second

// rig is a cluster with the topics in and out of one partition each, and a plain client of it.
type rig struct {
	t       *testing.T
	brokers []string
	client  *kgo.Client
	admin   *kadm.Client
	in, out string
}

func newRig(t *testing.T, brokers []string) *rig {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	id := fmt.Sprint(time.Now().UnixNano())
	r := &rig{t, brokers, client, kadm.NewClient(client), "in" + id, "out" + id}
	r.topic(r.in, 1, nil)
	r.topic(r.out, 1, nil)
	return r
}

func (r *rig) topic(name string, n int32, configs map[string]*string) {
	r.t.Helper()
	if _, err := r.admin.CreateTopic(context.Background(), n, 1, configs, name); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) config() Config {
	return Config{
		Client: []kgo.Opt{kgo.SeedBrokers(r.brokers...)}, Group: r.in + ".g", Instance: "a", Log: quiet(),
		Inputs: []Input{{Topics: []string{r.in}}}, Sinks: []string{r.out},
		Compression: []kgo.CompressionCodec{kgo.NoCompression()},
	}
}

func (r *rig) open(c Config) *member {
	r.t.Helper()
	tr, err := Open(context.Background(), c)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(tr.Close)
	return tr.(*member)
}

func (r *rig) put(topic string, values ...string) {
	r.t.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte(v)})
	}
	if err := r.client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}

// values reads partition 0 of a topic, committed only, until n values have come and nothing more is there.
func (r *rig) values(topic string) (values []string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var end int64
	for stable := int64(-1); stable != end || end < 0; sleep(ctx, 5*time.Millisecond) {
		all, err := r.admin.ListEndOffsets(ctx, topic)
		if err != nil {
			r.t.Fatal(err)
		}
		committed, err := r.admin.ListCommittedOffsets(ctx, topic)
		if err != nil {
			r.t.Fatal(err)
		}
		end, stable = all[topic][0].Offset, committed[topic][0].Offset
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	for at := int64(0); at < end && ctx.Err() == nil; {
		c.PollFetches(ctx).EachRecord(func(rec *kgo.Record) {
			if at = rec.Offset + 1; !rec.Attrs.IsControl() {
				values = append(values, string(rec.Value))
			}
		})
	}
	return values
}

// pass polls until n records have been forwarded to sink 0 and committed; refused records are left out in what follows.
func (r *rig) pass(m *member, n int) (refused []transport.Refusal) {
	r.t.Helper()
	skip := map[int64]bool{}
	for start, done := time.Now(), 0; done < n; {
		if time.Since(start) > patience {
			r.t.Fatalf("%d of %d records were passed in %s", done, n, patience)
		}
		round, err := m.Poll(context.Background())
		if err != nil {
			r.t.Fatal("poll:", err)
		}
		seen := 0
		for _, b := range round.Batches {
			seen += b.Len()
			r.noteOf(b)
			var picks []stage.Pick
			_ = b.Records(func(i int, o *stage.Meta, _ []byte) error {
				m.Note(b.Topic(), b.Partition(), fmt.Sprint("at ", o.Origin.Offset+1))
				if !skip[o.Origin.Offset] {
					picks = append(picks, stage.Pick{Index: int32(i)})
				}
				return nil
			})
			m.Select(0, b, picks)
		}
		committed, err := m.Commit(context.Background())
		if more, ok := err.(*transport.Refused); ok {
			for _, f := range more.Records {
				skip[f.Origin.Offset] = true
			}
			refused = append(refused, more.Records...)
		} else if err != nil {
			r.t.Fatal("commit:", err)
		}
		if committed {
			done += seen
		}
	}
	return refused
}

// noteOf wants a batch to know the position that is committed, and the note that was committed with it.
func (r *rig) noteOf(b transport.Batch) {
	r.t.Helper()
	have, err := r.admin.FetchOffsets(context.Background(), r.in+".g")
	if err != nil {
		r.t.Fatal(err)
	}
	at, _ := have.Lookup(b.Topic(), b.Partition())
	if position, note := b.Committed(); position != at.At || note != fmt.Sprint("at ", position) && position != 0 {
		r.t.Errorf("position %d of %s with note %q; %d is committed", position, b.Topic(), note, at.At)
	}
}

// pollUntil polls until done is true of a round, or there is an error.
func (r *rig) pollUntil(m *member, done func(transport.Round) bool) error {
	r.t.Helper()
	for start := time.Now(); time.Since(start) < patience; {
		round, err := m.Poll(context.Background())
		if err != nil {
			return err
		}
		if done(round) {
			return nil
		}
	}
	r.t.Fatal("this took too long")
	return nil
}

func numbers(from, to int) (values []string) {
	for n := from; n < to; n++ {
		values = append(values, fmt.Sprint(n))
	}
	return values
}

func (r *rig) want(topic string, want []string) {
	r.t.Helper()
	if got := r.values(topic); !slices.Equal(got, want) {
		r.t.Errorf("%d values came out, want %d:\n got %v\nwant %v", len(got), len(want), got, want)
	}
}

// wire makes connections whose replies a test may change or swallow after the broker has acted.
type wire struct {
	mu     sync.Mutex
	tamper func(key int16, reply []byte) (keep bool) // reply begins after its size
	dead   bool
	conns  []net.Conn
}

func (w *wire) set(f func(key int16, reply []byte) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tamper = f
}

// cut breaks all connections, those to come as well.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
	for _, c := range w.conns {
		c.Close()
	}
}

func (w *wire) dial(ctx context.Context, network, host string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return nil, net.ErrClosed
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, host)
	if err != nil {
		return nil, err
	}
	w.conns = append(w.conns, c)
	return &wireConn{Conn: c, wire: w, keys: map[uint32]int16{}}, nil
}

type wireConn struct {
	net.Conn
	wire *wire
	mu   sync.Mutex
	keys map[uint32]int16 // by correlation id
	rest []byte
}

func (c *wireConn) Write(b []byte) (int, error) {
	if len(b) >= 12 {
		c.mu.Lock()
		c.keys[binary.BigEndian.Uint32(b[8:])] = int16(binary.BigEndian.Uint16(b[4:]))
		c.mu.Unlock()
	}
	return c.Conn.Write(b)
}

func (c *wireConn) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		frame := make([]byte, 4)
		if err := c.fill(frame); err != nil {
			return 0, err
		}
		frame = append(frame, make([]byte, binary.BigEndian.Uint32(frame))...)
		if err := c.fill(frame[4:]); err != nil {
			return 0, err
		}
		c.mu.Lock()
		key := c.keys[binary.BigEndian.Uint32(frame[4:])]
		c.mu.Unlock()
		c.wire.mu.Lock()
		tamper := c.wire.tamper
		c.wire.mu.Unlock()
		if tamper != nil && !tamper(key, frame[4:]) {
			c.Conn.Close()
			return 0, net.ErrClosed
		}
		c.rest = frame
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *wireConn) fill(b []byte) error {
	for len(b) > 0 {
		n, err := c.Conn.Read(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

const endTxn = int16(kmsg.EndTxn)

// endTxnError puts an error code into an EndTxn reply of version 3 or later.
func endTxnError(reply []byte, code int16) { binary.BigEndian.PutUint16(reply[9:], uint16(code)) }
