package loop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// commitEvery is the time between two commits.
const commitEvery = 100 * time.Millisecond

// Bounds of what is written and not yet acknowledged, so that long records do not take all memory.
const (
	bufferedMax      = 100_000
	bufferedBytesMax = 128 << 20
)

// Work is what a loop does with each record. It sends as many records as it likes by produce, which keeps them.
type Work func(r *kgo.Record, produce func(*kgo.Record)) error

// Loop reads topics to their present ends and commits outputs and positions together.
type Loop struct {
	Brokers []string
	Group   string // also the transactional id
	Inputs  []string
	Work    Work
	// Codec is that of the outputs, in order of preference; nil is lz4.
	Codec []kgo.CompressionCodec
	// Endless goes on reading until the context ends, which is then no error.
	Endless bool
	// AtLeastOnce commits positions after the outputs, without a transaction.
	AtLeastOnce bool

	session session
	ends    map[task]int64 // of the partitions that are not read to their end yet
	failed  atomic.Pointer[error]
}

// task is a partition of an input.
type task struct {
	topic     string
	partition int32
}

// Run runs until every partition is committed to the end that it had when Run began. An error of any kind ends it: what was
// open is then not committed.
func (l *Loop) Run(ctx context.Context) error {
	var err error
	if l.session, err = l.open(ctx); err != nil {
		return err
	}
	defer l.session.close()
	if l.ends, err = l.findEnds(ctx); err != nil {
		return fmt.Errorf("ends of %s: %w", strings.Join(l.Inputs, ", "), err)
	}
	for l.Endless || len(l.ends) > 0 {
		err := l.transact(ctx)
		if l.Endless && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// options are those that both kinds of session share.
func (l *Loop) options() []kgo.Opt {
	codec := l.Codec
	if codec == nil {
		codec = []kgo.CompressionCodec{kgo.Lz4Compression()}
	}
	return []kgo.Opt{
		kgo.SeedBrokers(l.Brokers...), kgo.ConsumeTopics(l.Inputs...), kgo.ConsumerGroup(l.Group),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec...),
		kgo.MaxBufferedRecords(bufferedMax), kgo.MaxBufferedBytes(bufferedBytesMax),
	}
}

// transact handles what comes within commitEvery in one transaction.
func (l *Loop) transact(ctx context.Context) error {
	if err := l.session.begin(); err != nil {
		return err
	}
	reached, began, err := map[task]int64{}, time.Now(), error(nil)
	for time.Since(began) < commitEvery && err == nil && (l.Endless || !l.done(reached)) {
		err = l.round(ctx, reached)
	}
	commit := err == nil && len(reached) > 0
	if commit {
		if flushed := l.session.client().Flush(ctx); flushed != nil {
			err, commit = flushed, false
		} else if failed := l.failed.Load(); failed != nil {
			err, commit = *failed, false
		}
	}
	committed, ended := l.session.end(ctx, commit)
	if err = errors.Join(err, ended); err != nil {
		return err
	}
	if committed {
		for at, next := range reached {
			if end, open := l.ends[at]; open && next >= end {
				delete(l.ends, at)
			}
		}
	}
	return nil
}

// round handles one poll.
func (l *Loop) round(ctx context.Context, reached map[task]int64) error {
	poll, cancel := context.WithTimeout(ctx, commitEvery)
	defer cancel()
	fetches := l.session.poll(poll)
	if fetches.Empty() && poll.Err() != nil {
		return ctx.Err()
	}
	if err := fetches.Err(); err != nil {
		return fmt.Errorf("poll %s: %w", strings.Join(l.Inputs, ", "), err)
	}
	var failed error
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) == 0 || failed != nil {
			return
		}
		reached[task{p.Topic, p.Partition}] = p.Records[len(p.Records)-1].Offset + 1
		for _, r := range p.Records {
			if r.Attrs.IsControl() {
				continue
			}
			if failed = l.Work(r, l.produce); failed != nil {
				return
			}
		}
	})
	return failed
}

func (l *Loop) produce(r *kgo.Record) { l.session.produce(r, l.promise) }

func (l *Loop) promise(_ *kgo.Record, err error) {
	if err != nil {
		l.failed.CompareAndSwap(nil, &err)
	}
}

// done tells whether all partitions have been read to their ends.
func (l *Loop) done(reached map[task]int64) bool {
	for at, end := range l.ends {
		if reached[at] < end {
			return false
		}
	}
	return true
}

func (l *Loop) findEnds(ctx context.Context) (map[task]int64, error) {
	listed, err := kadm.NewClient(l.session.client()).ListCommittedOffsets(ctx, l.Inputs...)
	if err = errors.Join(err, listed.Error()); err != nil {
		return nil, err
	}
	ends := map[task]int64{}
	listed.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			ends[task{end.Topic, end.Partition}] = end.Offset
		}
	})
	return ends, nil
}
