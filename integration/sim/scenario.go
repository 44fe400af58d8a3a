package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

// Scenario is a pipeline to run, and its events with what must become of them. It is read-only and serves any number
// of runs at once.
type Scenario struct {
	Name string
	// OldBrokers makes one run in so many one on brokers without the second version of transactions; 0: none.
	OldBrokers int

	pipeline *topology.Pipeline
	schema   string
	feed     []*kgo.Record // the events, by number
	ordered  []string      // the topics that an ordered merger makes the input of; none: the events go there themselves
}

// The events of a run.
const (
	events      = 600
	users       = 40
	poisonEvery = 61
)

// begin is when the first event happens. It is no more than a time in a record.
var begin = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// The topics that both scenarios have.
const (
	input  = "signups"
	copies = "signups.audit"
	byUser = "signups.by-user"
	dead   = "signups.dlq"
	shards = 5
)

// pipelineText is the signup pipeline; first come more streams, then more operators.
const pipelineText = `
apiVersion: anabranch/v1
kind: Pipeline
name: signup
kafka: {brokers: ["localhost:9092", "localhost:9093", "localhost:9094"]}
streams:
  signups: {topic: signups, schema: signup.avsc, key: value.user_id, partitions: 4}
  audit:   {topic: signups.audit, partitions: 4}
  by_user: {topic: signups.by-user, partitions: 5}
%s
operators:
%s
  everyone: {type: copier, from: signups, to: [audit, candidates]}
  eligible:
    type: filter
    from: candidates
    where: 'value.marketing_opt_in && value.age >= 18 && value.country in ["DE", "FR", "US"]'
    to: adults
  per_user: {type: sharder, from: adults, by: value.user_id, to: by_user}
on_error:
  retry: {attempts: 20, backoff: {initial: 200ms, max: 2s, jitter: 0.2}}
  dead_letter: signups.dlq
`

// Two more inputs, which an ordered merger makes the one of, and what the filter gives as a topic.
const (
	cutStreams     = "  adults: {topic: signups.adults, partitions: 3}"
	orderedStreams = `  web: {topic: signups.web, schema: signup.avsc, key: value.user_id, partitions: 4}
  mobile: {topic: signups.mobile, schema: signup.avsc, key: value.user_id, partitions: 4}`
	orderedMerger = "  merge: {type: merger, from: [web, mobile], order_by: timestamp, wait: {idle_after: 4s}, late: flag, to: signups}"
)

// Scenarios gives the signup pipeline in one piece, cut in two by a topic between, and with an ordered merger before it.
func Scenarios() ([]*Scenario, error) {
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return nil, err
	}
	feed, err := feed(string(schema))
	if err != nil {
		return nil, err
	}
	var all []*Scenario
	for _, s := range []struct{ name, streams, operators string }{{"one piece", "", ""}, {"two pieces", cutStreams, ""}, {"in order", orderedStreams, orderedMerger}} {
		p, err := topology.Parse("signup.yaml", fmt.Appendf(nil, pipelineText, s.streams, s.operators), topology.Options{
			Partitioner: client.Partition, ReadFile: func(string) ([]byte, error) { return schema, nil },
		})
		if err != nil {
			return nil, fmt.Errorf("the pipeline %s: %w", s.name, err)
		}
		scenario := &Scenario{Name: s.name, pipeline: p, schema: string(schema), feed: feed}
		if s.operators != "" {
			scenario.divide("signups.web", "signups.mobile")
		}
		all = append(all, scenario)
	}
	return all, nil
}

// divide lets the events go to several topics, a few to one and then to another.
func (s *Scenario) divide(topics ...string) {
	s.ordered = topics
	s.feed = slices.Clone(s.feed)
	for i, r := range s.feed {
		moved := *r
		moved.Topic = topics[i/7%len(topics)]
		s.feed[i] = &moved
	}
}

func feed(schema string) ([]*kgo.Record, error) {
	g, err := signup.NewGenerator(schema, users, begin)
	if err != nil {
		return nil, err
	}
	g.PoisonEvery = poisonEvery
	records := make([]*kgo.Record, events)
	for n := range records {
		if records[n], err = g.Record(n, input); err != nil {
			return nil, err
		}
	}
	return records, nil
}
