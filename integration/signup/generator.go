package signup

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
)

// Generator makes signup events. Event n is the same each time that it is made.
type Generator struct {
	// PoisonEvery makes one event in so many unreadable; 0: none.
	PoisonEvery int
	// Padding is how many bytes of text follow the user agent of each event.
	Padding int
	schema  *avro.Schema
	ids     []string
	begin   time.Time
	padding string // from which each event's is cut; made when it is first needed
}

// NewGenerator makes a Generator of events in an Avro schema, of so many users. The first event happens at begin, the
// others follow a millisecond apart. Kafka judges by these times: it soon deletes what is before its retention, and refuses
// what is an hour ahead.
func NewGenerator(schema string, users int, begin time.Time) (*Generator, error) {
	parsed, err := avro.Parse(schema)
	if err != nil {
		return nil, fmt.Errorf("the schema of signup events: %w", err)
	}
	g := &Generator{schema: parsed, ids: make([]string, users), begin: begin.Truncate(time.Millisecond)}
	for i := range g.ids {
		g.ids[i] = userID(i)
	}
	return g, nil
}

// Record makes event n as a record for topic. The key is the user's id.
func (g *Generator) Record(n int, topic string) (*kgo.Record, error) {
	var e event
	g.fill(&e, n)
	if g.Padding > 0 {
		e.UserAgent += g.pad(n)
	}
	value, err := g.schema.AppendEncode(make([]byte, 0, 256+g.Padding), &e)
	if err != nil {
		return nil, fmt.Errorf("encode event %d: %w", n, err)
	}
	if g.PoisonEvery > 0 && n%g.PoisonEvery == g.PoisonEvery-1 {
		value = poison(n/g.PoisonEvery, value)
	}
	return &kgo.Record{
		Topic: topic, Key: []byte(e.UserID), Value: value, Timestamp: e.CreatedAt,
		Headers: []kgo.RecordHeader{{Key: "source", Value: []byte(sources[n%len(sources)])}, history.NumberHeader(n)},
	}, nil
}

// poison spoils a value so that no reader of the filter's fields can pass over it.
func poison(n int, value []byte) []byte {
	switch n % 4 {
	case 0:
		return value[:len(value)/2]
	case 1:
		return []byte{}
	case 2:
		return bytes.Repeat([]byte{0xff}, 40) // a length that never ends
	default:
		return value[:1+n%8] // cut within the user's id
	}
}

// Produce writes the events from first up to but not including end to topic, each on the partition of its key.
func (g *Generator) Produce(ctx context.Context, brokers []string, topic string, first, end int) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		return err
	}
	defer client.Close()
	var failed atomic.Pointer[error]
	promise := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.CompareAndSwap(nil, &err)
		}
	}
	for n := first; n < end && failed.Load() == nil; n++ {
		r, err := g.Record(n, topic)
		if err != nil {
			return err
		}
		client.Produce(ctx, r, promise)
	}
	if err := client.Flush(ctx); err != nil {
		return fmt.Errorf("produce to %s: %w", topic, err)
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("produce to %s: %w", topic, *err)
	}
	return nil
}
