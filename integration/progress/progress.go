// Package progress watches a consumer group from outside: the positions that it has committed, over time.
package progress

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Sample is what a group had committed at a moment, by partition number: where it reads several topics, their positions are added up.
type Sample struct {
	At        time.Time
	Positions map[int32]int64
}

// Sum is how many offsets were committed in all partitions together.
func (s Sample) Sum() int64 {
	sum := int64(0)
	for _, p := range s.Positions {
		sum += p
	}
	return sum
}

// Watcher samples one group on topics that begin at offset 0.
type Watcher struct {
	// Ends are the last stable offsets when Watch was called, without empty partitions, by partition number as in a Sample.
	Ends map[int32]int64

	client  *kgo.Client
	admin   *kadm.Client
	group   string
	topics  []string
	samples []Sample
}

// Watch connects a Watcher.
func Watch(ctx context.Context, brokers []string, group string, topics ...string) (*Watcher, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return nil, err
	}
	w := &Watcher{client: client, admin: kadm.NewClient(client), group: group, topics: topics, Ends: map[int32]int64{}}
	listed, err := w.admin.ListCommittedOffsets(ctx, topics...)
	if err = errors.Join(err, listed.Error()); err != nil {
		client.Close()
		return nil, fmt.Errorf("ends of %s: %w", strings.Join(topics, ", "), err)
	}
	listed.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			w.Ends[end.Partition] += end.Offset
		}
	})
	return w, nil
}

// Close disconnects.
func (w *Watcher) Close() { w.client.Close() }

// Total is the sum of the ends.
func (w *Watcher) Total() int64 { return Sample{Positions: w.Ends}.Sum() }

// Until samples until the group has committed to position n in sum. It stops with ctx's error where that ends first.
func (w *Watcher) Until(ctx context.Context, n int64) error {
	for {
		s, err := w.sample(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("group %s has committed %d of %d: %w", w.group, w.last().Sum(), n, ctx.Err())
		}
		if err == nil {
			w.samples = append(w.samples, s)
			if s.Sum() >= n {
				return nil
			}
		}
		time.Sleep(samplePause)
	}
}

// samplePause is the time between two samples.
const samplePause = 20 * time.Millisecond

// sample asks once. An error is normal while the group's coordinator comes up.
func (w *Watcher) sample(ctx context.Context) (Sample, error) {
	offsets, err := w.admin.FetchOffsets(ctx, w.group)
	if err != nil {
		return Sample{}, err
	}
	s := Sample{At: time.Now(), Positions: map[int32]int64{}}
	for _, topic := range w.topics {
		for partition, o := range offsets[topic] {
			if o.Err == nil && o.At > 0 {
				s.Positions[partition] += o.At
			}
		}
	}
	return s, nil
}

func (w *Watcher) last() Sample {
	if len(w.samples) == 0 {
		return Sample{}
	}
	return w.samples[len(w.samples)-1]
}
