package verify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/topology"
)

// DefaultSample is how many records of a stream are read where Options do not say.
const DefaultSample = 1000

// ErrStream is a stream that cannot be verified, since it does not come from outside.
var ErrStream = errors.New("stream cannot be verified")

// Options are what a verification is made with. The zero value is ready to use.
type Options struct {
	Sample  int      // how many of the newest records of each stream are read at most, spread over its partitions; 0: DefaultSample
	Streams []string // which; empty: all that come from outside
	Log     *slog.Logger
	Dial    func(ctx context.Context, network, host string) (net.Conn, error)
}

// Report is what was found of a pipeline's claims.
type Report struct {
	Pipeline string
	Streams  []Stream
}

// Contradicted gives the number of claims that some record contradicts.
func (r *Report) Contradicted() int {
	n := 0
	for _, s := range r.Streams {
		for _, c := range s.Checks {
			if c.Wrong > 0 && c.Claim != "" {
				n++
			}
		}
	}
	return n
}

// Stream is what was found of one stream.
type Stream struct {
	Name       string
	Topics     []string
	Partitions int // of all its topics
	Sampled    int // records
	Checks     []Check
}

// Check is one claim, and how the records bear it out.
type Check struct {
	Name     string // partitions, value, key, partition or time
	Claim    string // empty where the file claims nothing, and what is found is worth knowing all the same
	Tried    int    // records that it could be tried on; of partitions, topics
	Wrong    int
	Examples []Example // the first that are wrong, at most ExamplesMax
}

// ExamplesMax is how many wrong records of a check are shown.
const ExamplesMax = 3

// Example is a record that contradicts a claim.
type Example struct {
	Topic     string
	Partition int32 // -1: the topic as a whole
	Offset    int64
	What      string
}

// Place is TOPIC:PARTITION:OFFSET, or the topic alone.
func (e Example) Place() string {
	if e.Partition < 0 {
		return e.Topic
	}
	return fmt.Sprintf("%s:%d:%d", e.Topic, e.Partition, e.Offset)
}

// Take verifies what p claims of its cluster.
func Take(ctx context.Context, p *topology.Pipeline, o Options) (*Report, error) {
	streams, err := wanted(p, o.Streams)
	if err != nil {
		return nil, err
	}
	if o.Sample <= 0 {
		o.Sample = DefaultSample
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if err := client.Probe(ctx, p.Kafka, o.Dial); err != nil {
		return nil, err
	}
	options, err := client.Options(p.Kafka, o.Dial)
	if err != nil {
		return nil, err
	}
	options = append(options, client.Log(o.Log))
	cl, err := kgo.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	defer cl.Close()
	r := &Report{Pipeline: p.Name}
	for _, s := range streams {
		found, err := verify(ctx, options, kadm.NewClient(cl), s, o.Sample)
		if err != nil {
			return nil, fmt.Errorf("verify stream %s: %w", s.Name, err)
		}
		r.Streams = append(r.Streams, *found)
	}
	return r, nil
}

// wanted are the streams to verify: those from outside, or those of them that are named.
func wanted(p *topology.Pipeline, names []string) ([]*topology.Stream, error) {
	var outside, chosen []*topology.Stream
	var all []string
	for _, s := range p.Streams {
		if s.Writer == nil && len(s.Topics) > 0 {
			outside, all = append(outside, s), append(all, s.Name)
		}
	}
	for _, name := range names {
		at := slices.Index(all, name)
		if at < 0 {
			return nil, fmt.Errorf("%w: %s does not come from outside; have %s", ErrStream, name, strings.Join(all, ", "))
		}
		chosen = append(chosen, outside[at])
	}
	if len(names) == 0 {
		return outside, nil
	}
	return chosen, nil
}

// verify reads a sample of one stream.
func verify(ctx context.Context, options []kgo.Opt, admin *kadm.Client, s *topology.Stream, sample int) (*Stream, error) {
	sources, err := sources(ctx, admin, s.Topics)
	if err != nil {
		return nil, err
	}
	c, err := newChecker(s, sources)
	if err != nil {
		return nil, err
	}
	for topic, ranges := range newest(sources, sample) {
		err := records.Range(ctx, options, topic, ranges, func(r *kgo.Record) error {
			c.record(r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return c.stream(), nil
}
