package trace

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// ErrAbsent is what every error wraps about a place where no committed record stands.
var ErrAbsent = errors.New("there is no record to trace")

// Cluster is where the records of a pipeline are looked up. It is used by one goroutine at a time.
type Cluster struct {
	Layout topics.Layout

	pipeline *topology.Pipeline
	options  []kgo.Opt
	client   *kgo.Client
	admin    *kadm.Client
}

// Open connects to the cluster of p. A nil dial is plain TCP, a nil log slog.Default.
func Open(ctx context.Context, p *topology.Pipeline, dial func(ctx context.Context, network, host string) (net.Conn, error), log *slog.Logger) (*Cluster, error) {
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
	c := &Cluster{pipeline: p, options: append(options, client.Log(log))}
	if c.client, err = kgo.NewClient(c.options...); err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	c.admin = kadm.NewClient(c.client)
	if c.Layout, err = topics.Look(ctx, c.client, p, 1); err != nil {
		c.client.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connections.
func (c *Cluster) Close() { c.client.Close() }

// lookMax bounds how long one record is waited for.
const lookMax = 30 * time.Second

// Record reads the committed record at a place. Where there is none, the error is ErrAbsent and says why.
func (c *Cluster) Record(ctx context.Context, at stage.Origin) (*kgo.Record, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lookMax, fmt.Errorf("read %s: no answer within %s", at, lookMax))
	defer cancel()
	if err := c.outside(ctx, at); err != nil {
		return nil, err
	}
	written, err := c.firstFrom(ctx, at, kgo.ReadUncommitted())
	switch {
	case err != nil:
		return nil, err
	case written.Offset > at.Offset:
		return nil, fmt.Errorf("%w: %s was compacted away; the next record stands at %d", ErrAbsent, at, written.Offset)
	case written.Attrs.IsControl():
		return nil, fmt.Errorf("%w: %s is %s", ErrAbsent, at, marker(written))
	}
	committed, err := c.firstFrom(ctx, at, kgo.ReadCommitted())
	switch {
	case err != nil:
		return nil, err
	case committed.Offset > at.Offset:
		return nil, fmt.Errorf("%w: %s was written by a transaction that was aborted; no operator ever sees it", ErrAbsent, at)
	}
	return committed, nil
}

// outside is an error where a place lies outside what is committed to its topic at present.
func (c *Cluster) outside(ctx context.Context, at stage.Origin) error {
	var found [3]int64 // the first offset, the end of what is committed, the end
	for i, list := range []func(context.Context, ...string) (kadm.ListedOffsets, error){
		c.admin.ListStartOffsets, c.admin.ListCommittedOffsets, c.admin.ListEndOffsets,
	} {
		offsets, err := records.Offsets(ctx, list, at.Topic)
		if err != nil {
			return err
		}
		offset, exists := offsets[at.Partition]
		if !exists {
			return fmt.Errorf("%w: topic %s has partitions 0 to %d, and no partition %d", ErrAbsent, at.Topic, len(offsets)-1, at.Partition)
		}
		found[i] = offset
	}
	switch first, stable, end := found[0], found[1], found[2]; {
	case at.Offset < first:
		return fmt.Errorf("%w: %s is gone: partition %d now begins at offset %d; what was there has outlived its retention, or was deleted", ErrAbsent, at, at.Partition, first)
	case at.Offset >= end:
		return fmt.Errorf("%w: %s is not written yet: partition %d ends at offset %d", ErrAbsent, at, at.Partition, end)
	case at.Offset >= stable:
		return fmt.Errorf("%w: %s is not committed yet: a transaction is open from offset %d on", ErrAbsent, at, stable)
	}
	return nil
}

// firstFrom reads the first record or marker at or behind a place.
func (c *Cluster) firstFrom(ctx context.Context, at stage.Origin, level kgo.IsolationLevel) (*kgo.Record, error) {
	cl, err := kgo.NewClient(append(slices.Clone(c.options), kgo.FetchIsolationLevel(level), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{at.Topic: {at.Partition: kgo.NewOffset().At(at.Offset)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()))...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", at, err)
	}
	defer cl.Close()
	for ctx.Err() == nil {
		fetches := cl.PollFetches(ctx)
		for _, e := range fetches.Errors() {
			if !kerr.IsRetriable(e.Err) && ctx.Err() == nil {
				return nil, fmt.Errorf("read %s: %w", at, e.Err)
			}
		}
		for it := fetches.RecordIter(); !it.Done(); {
			if r := it.Next(); r.Offset >= at.Offset {
				return r, nil
			}
		}
	}
	return nil, context.Cause(ctx)
}

// marker says what a control record is: its key is a version and a type, of two bytes each.
func marker(r *kgo.Record) string {
	if len(r.Key) >= 4 {
		switch binary.BigEndian.Uint16(r.Key[2:]) {
		case 0:
			return "a marker of the broker, which aborts a transaction"
		case 1:
			return "a marker of the broker, which commits a transaction"
		}
	}
	return "a marker of the broker"
}
