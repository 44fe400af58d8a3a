package demo

import (
	"context"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/feed"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

// Of the events that the demo makes, one in poisonEvery is unreadable, more where they are few, and there is one user for
// eventsPerUser.
const (
	poisonEvery   = 10_000
	eventsPerUser = 20
)

// begin is when the first of the events that the demo makes happens, so that they are the same each time.
var begin = time.Date(2026, time.November, 1, 6, 0, 0, 0, time.UTC)

// generate makes n events in the input topic.
func generate(ctx context.Context, brokers []string, n int) error {
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return err
	}
	generator, err := signup.NewGenerator(string(schema), max(1, n/eventsPerUser), begin)
	if err != nil {
		return err
	}
	generator.PoisonEvery = min(poisonEvery, max(5, n/5))
	return generator.Produce(ctx, brokers, inputTopic, 0, n)
}

// feedLines feeds the lines of in into the input topic.
func feedLines(ctx context.Context, p *topology.Pipeline, stream *topology.Stream, in io.Reader, rejected func(int, error)) (feed.Report, error) {
	form, err := ndjson.Of(stream, 0)
	if err != nil {
		return feed.Report{}, err
	}
	opts, err := client.Options(p.Kafka, nil)
	if err != nil {
		return feed.Report{}, err
	}
	producer, err := kgo.NewClient(append(opts, feed.Options()...)...)
	if err != nil {
		return feed.Report{}, err
	}
	defer producer.Close()
	feeder := feed.Feeder{Client: producer, Topic: stream.Topic(), Form: &numbered{form: form}, Rejected: rejected}
	return feeder.Run(ctx, in)
}

// numbered gives each record the number by which it is found again.
type numbered struct {
	form *ndjson.Form
	next int
}

// Read reads a line and numbers its record.
func (n *numbered) Read(line []byte) (*kgo.Record, error) {
	r, err := n.form.Read(line)
	if err != nil {
		return nil, err
	}
	r.Headers = append([]kgo.RecordHeader{history.NumberHeader(n.next)}, r.Headers...)
	n.next++
	return r, nil
}
