package audit

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/runtime/tally"
	"github.com/anabranch-go/anabranch/topology"
)

// Options say how to take an audit.
type Options struct {
	Count bool // read the topics, too, and count their committed records
	Dial  func(ctx context.Context, network, host string) (net.Conn, error)
	Log   *slog.Logger // nil: slog.Default
}

// Audit is what was found.
type Audit struct {
	Pipeline   string
	Subs       []Sub
	Topics     []Topic
	Imbalances []Imbalance
	Remarks    []string // what could not be compared, and why
}

// Sub is one sub-topology. Operators are sums over Partitions, in the order of the file.
type Sub struct {
	Name, Group string
	Partitions  []Partition
	Operators   []Operator
}

// Partition is one partition of an input. Where Err is nil, Records of it have been counted between From and Position.
type Partition struct {
	Topic          string
	Partition      int32
	From, Position int64
	Records        uint64
	Err            error // tally.ErrShape, ErrVersion or ErrLarge: what stands there cannot be audited

	earlier uint64
	sheet   *tally.Sheet
}

// Operator is what became of the events that entered one operator.
type Operator struct {
	Name, Type                string
	In, Passed, Dropped, Dead uint64
	Ports                     []Port
}

// Port is how many events an operator emitted to a stream.
type Port struct {
	Stream  string
	Emitted uint64
}

// Topic is one topic whose committed records were counted, and how many the operators say they have written: from Least
// before the count to Most after it, which differ only while the pipeline runs.
type Topic struct {
	Topic, Stream string // the stream is dead_letter for the dead letters
	Records       uint64
	Replayed      uint64 // of Records, those that come from a replayed dead letter, which may not be counted by an operator
	Least, Most   uint64
}

// Imbalance is a law that does not hold.
type Imbalance struct {
	Sub, Operator string // Operator is empty where a topic is meant as a whole
	Topic         string
	Partition     int32 // -1: all
	What          string
}

func (i Imbalance) String() string {
	where := i.Topic
	if i.Partition >= 0 {
		where = fmt.Sprintf("%s[%d]", i.Topic, i.Partition)
	}
	if i.Operator != "" {
		return fmt.Sprintf("operator %q of %s, %s: %s", i.Operator, i.Sub, where, i.What)
	}
	return fmt.Sprintf("%s: %s", where, i.What)
}

// Proved tells whether anything could be audited at all: false where whatever was counted cannot be read by this file.
func (a *Audit) Proved() bool {
	counted, refused := false, false
	for _, s := range a.Subs {
		for _, p := range s.Partitions {
			refused = refused || p.Err != nil
			counted = counted || p.Err == nil && p.Records > 0
		}
	}
	return counted || !refused
}

// stableMax bounds the wait for transactions that are open.
const stableMax = 30 * time.Second

// auditor takes one audit.
type auditor struct {
	pipeline *topology.Pipeline
	options  []kgo.Opt
	admin    *kadm.Client
	found    *Audit
}

// Take audits p on its cluster. It writes nothing.
func Take(ctx context.Context, p *topology.Pipeline, o Options) (*Audit, error) {
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
	a := &auditor{pipeline: p, options: options, admin: kadm.NewClient(cl), found: &Audit{Pipeline: p.Name}}
	if a.found.Subs, err = a.subs(ctx); err != nil {
		return nil, err
	}
	for i := range a.found.Subs {
		a.checkSub(p.Subs[i], &a.found.Subs[i])
	}
	if err := a.checkInner(ctx); err != nil {
		return nil, err
	}
	if o.Count {
		if err := a.count(ctx); err != nil {
			return nil, err
		}
	}
	return a.found, nil
}

// subs reads what all sub-topologies have committed: each before those that write its inputs, so that what has been read
// of a stream is never newer than what has been written to it.
func (a *auditor) subs(ctx context.Context) ([]Sub, error) {
	ctx, cancel := context.WithTimeout(ctx, stableMax)
	defer cancel()
	subs := make([]Sub, len(a.pipeline.Subs))
	for i, sub := range slices.Backward(a.pipeline.Subs) {
		var err error
		if subs[i], err = a.sub(ctx, sub); err != nil {
			return nil, err
		}
	}
	return subs, nil
}

func (a *auditor) sub(ctx context.Context, sub *topology.Sub) (Sub, error) {
	s, shape := Sub{Name: sub.Name, Group: a.pipeline.Group(sub)}, tally.Of(sub)
	all, err := eos.Committed(ctx, a.admin, s.Group)
	if err != nil {
		return s, err
	}
	sum := shape.Begin(0, 0)
	for _, kept := range all {
		if inputOf(sub, kept.Topic) == nil {
			continue // the file read it once
		}
		p := Partition{Topic: kept.Topic, Partition: kept.Partition, Position: kept.Position}
		p.sheet, p.Err = shape.Read(kept.Note, kept.Position)
		p.From, p.Records, p.earlier = p.sheet.From, p.sheet.Records, p.sheet.Earlier
		s.Partitions = append(s.Partitions, p)
		sum.Plus(p.sheet)
	}
	for i, op := range sub.Operators {
		c := &sum.Operators[i]
		o := Operator{Name: op.Name, Type: op.Type, In: c.In, Passed: c.Passed, Dropped: c.Dropped, Dead: c.Dead}
		for k, stream := range shape.Streams(i) {
			o.Ports = append(o.Ports, Port{stream, c.Emitted[k]})
		}
		s.Operators = append(s.Operators, o)
	}
	return s, nil
}

// inputOf is the stream by which sub reads a topic, nil where it does not.
func inputOf(sub *topology.Sub, topic string) *topology.Stream {
	for _, in := range sub.Inputs {
		if slices.Contains(in.Topics, topic) {
			return in
		}
	}
	return nil
}

func (a *auditor) remark(format string, args ...any) {
	if r := fmt.Sprintf(format, args...); !slices.Contains(a.found.Remarks, r) {
		a.found.Remarks = append(a.found.Remarks, r)
	}
}
