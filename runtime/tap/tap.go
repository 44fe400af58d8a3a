package tap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/ndjson"
)

// Tap reads topics from where they stood when it was opened, or from their beginning. It is used by one goroutine.
type Tap struct {
	// Form gives the form in which a record is written.
	Form func(*kgo.Record) *ndjson.Form
	Out  io.Writer

	client  *kgo.Client
	topics  []string
	next    map[place]int64 // the next offset to read
	buf     *bufio.Writer
	line    []byte
	written int
}

type place struct {
	topic     string
	partition int32
}

// Open makes a Tap on topics that exist, of the cluster that opts tell how to reach. With all it reads from the
// beginning of each partition, else from the present end of what is committed.
func Open(ctx context.Context, opts []kgo.Opt, topics []string, all bool) (*Tap, error) {
	client, err := kgo.NewClient(append(slices.Clone(opts),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()))...)
	if err != nil {
		return nil, fmt.Errorf("tap %q: %w", topics, err)
	}
	t := &Tap{client: client, topics: topics, next: make(map[place]int64)}
	admin := kadm.NewClient(client)
	list := admin.ListCommittedOffsets
	if all {
		list = admin.ListStartOffsets
	}
	if t.next, err = places(ctx, list, topics); err != nil {
		client.Close()
		return nil, fmt.Errorf("tap %q: %w", topics, err)
	}
	return t, nil
}

// Close ends the Tap. What has been written is in Out already.
func (t *Tap) Close() { t.client.Close() }

// Written is the number of records written so far. It may be asked once Drain or Follow has returned.
func (t *Tap) Written() int { return t.written }

// Drain writes what is committed at present and not yet written, partition by partition, and perhaps what is committed meanwhile.
func (t *Tap) Drain(ctx context.Context) error {
	ends, err := t.ends(ctx)
	if err != nil {
		return err
	}
	t.buf = bufio.NewWriterSize(t.Out, 64<<10)
	for _, at := range t.places() {
		if t.next[at] >= ends[at] {
			continue
		}
		if err := t.drain(ctx, at, ends[at]); err != nil {
			return fmt.Errorf("tap %s:%d: %w", at.topic, at.partition, err)
		}
	}
	return t.buf.Flush()
}

// drain writes one partition up to end.
func (t *Tap) drain(ctx context.Context, at place, end int64) error {
	t.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{
		at.topic: {at.partition: kgo.NewOffset().At(t.next[at])},
	})
	defer t.client.RemoveConsumePartitions(map[string][]int32{at.topic: {at.partition}})
	for t.next[at] < end {
		if err := t.poll(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Follow writes records as they are committed until stop is closed, and then at least what is committed by that time.
func (t *Tap) Follow(ctx context.Context, stop <-chan struct{}) error {
	t.buf = bufio.NewWriterSize(t.Out, 64<<10)
	from := make(map[string]map[int32]kgo.Offset)
	for at, next := range t.next {
		if from[at.topic] == nil {
			from[at.topic] = make(map[int32]kgo.Offset)
		}
		from[at.topic][at.partition] = kgo.NewOffset().At(next)
	}
	t.client.AddConsumePartitions(from)
	if err := t.until(ctx, stop); err != nil {
		return fmt.Errorf("tap %q: %w", t.topics, err)
	}
	ends, err := t.ends(ctx)
	if err != nil {
		return err
	}
	for at := range t.next {
		for t.next[at] < ends[at] {
			if err := t.poll(ctx); err != nil {
				return fmt.Errorf("tap %q: %w", t.topics, err)
			}
		}
	}
	return nil
}

// until polls until stop is closed.
func (t *Tap) until(ctx context.Context, stop <-chan struct{}) error {
	polling, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-stop:
			cancel()
		case <-polling.Done():
		}
	}()
	for polling.Err() == nil {
		if err := t.poll(polling); err != nil && polling.Err() == nil {
			return err
		}
	}
	return ctx.Err()
}

// poll writes the records of one fetch.
func (t *Tap) poll(ctx context.Context) error {
	fetches := t.client.PollFetches(ctx)
	if err := failure(fetches); err != nil {
		return err
	}
	var err error
	fetches.EachRecord(func(r *kgo.Record) {
		at := place{r.Topic, r.Partition}
		if err != nil || r.Offset < t.next[at] {
			return
		}
		t.next[at] = r.Offset + 1
		if r.Attrs.IsControl() {
			return
		}
		t.line = append(t.Form(r).Append(t.line[:0], r), '\n')
		t.written++
		_, err = t.buf.Write(t.line)
	})
	if err != nil {
		return err
	}
	return t.buf.Flush()
}

// failure gives the first error of a fetch that will not pass by itself.
func failure(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		if kerr.IsRetriable(e.Err) {
			continue
		}
		return e.Err
	}
	return nil
}

// places gives all partitions of the topics that are tapped, in order.
func (t *Tap) places() []place {
	order := func(a, b place) int {
		if a.topic != b.topic {
			return slices.Index(t.topics, a.topic) - slices.Index(t.topics, b.topic)
		}
		return int(a.partition - b.partition)
	}
	return slices.SortedFunc(maps.Keys(t.next), order)
}

// ends gives the present end of what is committed.
func (t *Tap) ends(ctx context.Context) (map[place]int64, error) {
	ends, err := places(ctx, kadm.NewClient(t.client).ListCommittedOffsets, t.topics)
	if err != nil {
		return nil, fmt.Errorf("tap %q: %w", t.topics, err)
	}
	return ends, nil
}

// places asks for one offset of each partition of topics.
func places(ctx context.Context, list func(context.Context, ...string) (kadm.ListedOffsets, error), topics []string) (map[place]int64, error) {
	listed, err := list(ctx, topics...)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the offsets: %w", err)
	}
	places := make(map[place]int64)
	listed.Each(func(o kadm.ListedOffset) { places[place{o.Topic, o.Partition}] = o.Offset })
	if len(places) == 0 {
		return nil, errors.New("list the offsets: no such topic")
	}
	return places, nil
}
