package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// bufferedBytesMax bounds what a feed holds of records that are not acknowledged yet.
const bufferedBytesMax = 64 << 20

// Form reads a line. It is a *ndjson.Form or stands before one.
type Form interface {
	Read(line []byte) (*kgo.Record, error)
}

// Feeder produces lines into one topic.
type Feeder struct {
	Client *kgo.Client // made with Options
	Topic  string
	Form   Form
	// Rejected is told of each line that did not become a record, one call at a time, not in the order of the lines. May be nil.
	Rejected func(line int, err error)

	mu      sync.Mutex
	report  Report
	written map[int32][]span // by partition, in order
	broken  error
	cancel  context.CancelFunc
}

// Report is what became of the lines that were not blank.
type Report struct {
	Fed      int // records that the cluster has acknowledged
	Rejected int
}

// Options are the options of a client for Feeders, beside those that say how to reach the cluster: idempotent, acknowledged by all
// in-sync replicas, placed by the key as Kafka's own clients do, and records without a key in turn.
func Options() []kgo.Opt {
	return []kgo.Opt{
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.MaxBufferedBytes(bufferedBytesMax),
		kgo.RecordPartitioner(&partitioner{keyed: kgo.StickyKeyPartitioner(nil)}),
	}
}

// Run feeds in until it ends or ctx does. The error says why not all lines were tried; what the report counts stands even then.
func (f *Feeder) Run(ctx context.Context, in io.Reader) (Report, error) {
	ctx, f.cancel = context.WithCancel(ctx)
	defer f.cancel()
	err := f.produce(ctx, newLines(in))
	if flushed := f.Client.Flush(ctx); err == nil && flushed != nil {
		err = flushed
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		err = f.broken
	}
	if err != nil {
		err = fmt.Errorf("feed topic %q: %w", f.Topic, err)
	}
	return f.report, err
}

func (f *Feeder) produce(ctx context.Context, in *lines) error {
	for ctx.Err() == nil {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errTooLong):
			f.reject(in.number, err)
			continue
		case err != nil:
			return err
		}
		r, err := f.Form.Read(line)
		if err != nil {
			f.reject(in.number, err)
			continue
		}
		r.Topic = f.Topic
		number := in.number
		f.Client.Produce(ctx, r, func(r *kgo.Record, err error) { f.produced(number, r, err) })
	}
	return context.Cause(ctx)
}

// produced notes what became of the record of one line.
func (f *Feeder) produced(line int, r *kgo.Record, err error) {
	if refused(err) {
		f.reject(line, err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil:
		f.report.Fed++
		f.wrote(r.Partition, r.Offset)
	case f.broken == nil:
		f.broken = fmt.Errorf("line %d: %w", line, err)
		f.cancel()
	}
}

// refused tells whether err is about the record itself.
func refused(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.InvalidRecord) || errors.Is(err, kerr.InvalidTimestamp)
}

func (f *Feeder) reject(line int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Rejected++
	if f.Rejected != nil {
		f.Rejected(line, err)
	}
}

// partitioner places keyed records as Kafka's clients do, and others in turn, so that the same file gives the same topic.
type partitioner struct{ keyed kgo.Partitioner }

func (p *partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return &inTurn{keyed: p.keyed.ForTopic(topic)}
}

type inTurn struct {
	keyed kgo.TopicPartitioner
	turn  int
}

func (*inTurn) RequiresConsistency(*kgo.Record) bool { return true }

func (p *inTurn) Partition(r *kgo.Record, n int) int {
	if r.Key != nil {
		return p.keyed.Partition(r, n)
	}
	p.turn++
	return (p.turn - 1) % n
}
