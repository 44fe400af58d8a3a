package loop

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// commitEvery is the time between two commits.
const commitEvery = 100 * time.Millisecond

// Work is what a loop does with each record. It sends as many records as it likes by produce, which keeps them.
type Work func(r *kgo.Record, produce func(*kgo.Record)) error

// Loop reads one topic to its present end and commits outputs and positions together.
type Loop struct {
	Brokers []string
	Group   string // also the transactional id
	Input   string
	Work    Work

	session *kgo.GroupTransactSession
	ends    map[int32]int64 // of the partitions that are not read to their end yet
	failed  atomic.Pointer[error]
}

// Run runs until every partition is committed to the end that it had when Run began. An error of any kind ends it: the
// transaction is then aborted.
func (l *Loop) Run(ctx context.Context) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(l.Brokers...), kgo.ConsumeTopics(l.Input), kgo.ConsumerGroup(l.Group), kgo.TransactionalID(l.Group),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.MaxBufferedRecords(100_000),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	l.session = session
	if l.ends, err = l.findEnds(ctx); err != nil {
		return fmt.Errorf("ends of %s: %w", l.Input, err)
	}
	if _, _, err := session.Client().ProducerID(ctx); err != nil {
		return err
	}
	for len(l.ends) > 0 {
		if err := l.transact(ctx); err != nil {
			return err
		}
	}
	return nil
}

// transact handles what comes within commitEvery in one transaction.
func (l *Loop) transact(ctx context.Context) error {
	if err := l.session.Begin(); err != nil {
		return err
	}
	reached, began, err := map[int32]int64{}, time.Now(), error(nil)
	for time.Since(began) < commitEvery && err == nil && !l.done(reached) {
		err = l.round(ctx, reached)
	}
	try := kgo.TransactionEndTry(err == nil && len(reached) > 0)
	if try == kgo.TryCommit {
		if flushed := l.session.Client().Flush(ctx); flushed != nil {
			err, try = flushed, kgo.TryAbort
		} else if failed := l.failed.Load(); failed != nil {
			err, try = *failed, kgo.TryAbort
		}
	}
	committed, ended := l.session.End(ctx, try)
	if err = errors.Join(err, ended); err != nil {
		return err
	}
	if committed {
		for partition, next := range reached {
			if end, open := l.ends[partition]; open && next >= end {
				delete(l.ends, partition)
			}
		}
	}
	return nil
}

// round handles one poll.
func (l *Loop) round(ctx context.Context, reached map[int32]int64) error {
	poll, cancel := context.WithTimeout(ctx, commitEvery)
	defer cancel()
	fetches := l.session.PollFetches(poll)
	if fetches.Empty() && poll.Err() != nil {
		return ctx.Err()
	}
	if err := fetches.Err(); err != nil {
		return fmt.Errorf("poll %s: %w", l.Input, err)
	}
	var failed error
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) == 0 || failed != nil {
			return
		}
		reached[p.Partition] = p.Records[len(p.Records)-1].Offset + 1
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

func (l *Loop) produce(r *kgo.Record) { l.session.Produce(context.Background(), r, l.promise) }

func (l *Loop) promise(_ *kgo.Record, err error) {
	if err != nil {
		l.failed.CompareAndSwap(nil, &err)
	}
}

// done tells whether all partitions have been read to their ends.
func (l *Loop) done(reached map[int32]int64) bool {
	for partition, end := range l.ends {
		if reached[partition] < end {
			return false
		}
	}
	return true
}

func (l *Loop) findEnds(ctx context.Context) (map[int32]int64, error) {
	listed, err := kadm.NewClient(l.session.Client()).ListCommittedOffsets(ctx, l.Input)
	if err = errors.Join(err, listed.Error()); err != nil {
		return nil, err
	}
	ends := map[int32]int64{}
	for partition, o := range listed[l.Input] {
		if o.Offset > 0 {
			ends[partition] = o.Offset
		}
	}
	return ends, nil
}
