package runtime

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lagEvery is how often the lag is asked for, and lagTimeout how long that may take.
const (
	lagEvery   = 10 * time.Second
	lagTimeout = 5 * time.Second
)

// lags knows how far the committed positions of this worker's partitions are behind their topics. Positions stand
// behind transaction markers, so a group that has read everything has lag 0.
type lags struct {
	loops []*loop

	mu     sync.Mutex
	behind []lag
}

// lag is how many offsets of one partition are stable and not committed.
type lag struct {
	sub, topic string
	partition  int32
	offsets    int64
}

func newLags(loops []*loop) *lags { return &lags{loops: loops} }

// watch asks for the lag now and then until stop is called.
func (g *lags) watch(cl *kgo.Client) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(lagEvery)
		defer ticker.Stop()
		for {
			g.ask(ctx, kadm.NewClient(cl))
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}()
	return func() { cancel(); <-done }
}

// ask replaces what is known. What cannot be asked is not known: a gap in a graph is better than a stale number.
func (g *lags) ask(ctx context.Context, admin *kadm.Client) {
	ctx, cancel := context.WithTimeout(ctx, lagTimeout)
	defer cancel()
	var behind []lag
	for _, l := range g.loops {
		behind = append(behind, l.behind(ctx, admin)...)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.behind = behind
}

func (g *lags) now() []lag {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.behind)
}

// behind asks for the lag of the partitions that the loop's tasks read.
func (l *loop) behind(ctx context.Context, admin *kadm.Client) []lag {
	tasks := l.health.status().Tasks
	if len(tasks) == 0 {
		return nil
	}
	var topics []string
	for _, in := range l.piece.sub.Inputs {
		topics = append(topics, in.Topics...)
	}
	stable, err := admin.ListCommittedOffsets(ctx, topics...)
	if err != nil {
		return nil
	}
	positions, err := admin.FetchOffsets(ctx, l.ledger.group)
	if err != nil {
		return nil
	}
	var all []lag
	stable.Each(func(end kadm.ListedOffset) {
		at, committed := positions.Lookup(end.Topic, end.Partition)
		if end.Err != nil || !committed || at.Err != nil || at.At < 0 || !slices.Contains(tasks, end.Partition) {
			return
		}
		all = append(all, lag{l.piece.sub.Name, end.Topic, end.Partition, max(end.Offset-at.At, 0)})
	})
	return all
}
