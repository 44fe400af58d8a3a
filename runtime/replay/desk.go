package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/topology"
)

// ErrNoLetters says that the pipeline file names no dead-letter topic.
var ErrNoLetters = errors.New("the pipeline has no dead letters; `on_error: {dead_letter: TOPIC}` gives it some")

// Desk is where the dead letters of one pipeline are looked at and sent on. One goroutine uses it.
type Desk struct {
	// Foreign is how many records of the dead-letter topic were no dead letters of this pipeline, when it was last read.
	Foreign int

	pipeline *topology.Pipeline
	options  []kgo.Opt
	client   *kgo.Client // for questions
	log      *slog.Logger
}

// Dial opens a connection to a broker.
type Dial = func(ctx context.Context, network, host string) (net.Conn, error)

// Open connects to the pipeline's cluster. A nil dial is plain TCP, a nil log slog.Default.
func Open(ctx context.Context, p *topology.Pipeline, dial Dial, log *slog.Logger) (*Desk, error) {
	if p.OnError.DeadLetter == "" {
		return nil, ErrNoLetters
	}
	if err := apart(p); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.Default()
	}
	if err := client.Probe(ctx, p.Kafka, dial); err != nil {
		return nil, err
	}
	options, err := client.Options(p.Kafka, dial)
	if err != nil {
		return nil, err
	}
	d := &Desk{pipeline: p, options: append(options, client.Log(log)), log: log}
	if d.client, err = kgo.NewClient(d.options...); err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	return d, nil
}

// apart refuses a pipeline that uses the names of its own replays for something else.
func apart(p *topology.Pipeline) error {
	for _, sub := range p.Subs {
		if p.Group(sub) == GroupName(p) {
			return fmt.Errorf("%w: group %s is that of a replay, and of sub-topology %s; name its input something else", runtime.ErrOptions, GroupName(p), sub.Name)
		}
	}
	for _, s := range p.Streams {
		if slices.Contains(s.Topics, Marks(p)) {
			return fmt.Errorf("%w: topic %s is that of the marks of a replay, and of stream %s; give it another one", runtime.ErrOptions, Marks(p), s.Name)
		}
	}
	if p.OnError.DeadLetter == Marks(p) {
		return fmt.Errorf("%w: topic %s is that of the marks of a replay, and of the dead letters; give them another one", runtime.ErrOptions, Marks(p))
	}
	return nil
}

// Close ends the connections.
func (d *Desk) Close() { d.client.Close() }

// Each calls see for each letter that f chooses and that is committed at present, in the order of partitions and offsets,
// and tells whether it was replayed. The letter is valid during the call. See ends it early by giving false.
func (d *Desk) Each(ctx context.Context, f Filter, see func(l *deadletter.Letter, replayed bool) (more bool)) error {
	marked, err := load(ctx, d.options, d.client, d.pipeline)
	if err != nil {
		return err
	}
	d.Foreign = 0
	return scan(ctx, d.options, d.pipeline.OnError.DeadLetter, func(r *kgo.Record) error {
		meta := records.Meta(r)
		l, ok := deadletter.Read(&meta, r.Value)
		if !ok || l.Pipeline != d.pipeline.Name {
			d.Foreign++
			return nil
		}
		if f.Takes(&l) && !see(&l, marked.has(l.Place)) {
			return errStop
		}
		return nil
	})
}

// List groups the letters that f chooses.
func (d *Desk) List(ctx context.Context, f Filter) (Groups, error) {
	var groups Groups
	err := d.Each(ctx, f, func(l *deadletter.Letter, replayed bool) bool {
		fate := Waiting
		if replayed {
			fate = Replayed
		}
		groups.Add(l, fate, "")
		return true
	})
	return groups, err
}
