package runtime

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lagAge is how old a lag may be that is given again, and lagTimeout how long asking may take.
const (
	lagAge     = 5 * time.Second
	lagTimeout = 2 * time.Second
)

// lags knows how far the committed positions of this worker's partitions are behind their topics. Positions stand
// behind transaction markers, so a group that has read everything has lag 0.
type lags struct {
	loops []*loop

	mu     sync.Mutex
	admin  *kadm.Client // nil until the cluster is reached
	asked  time.Time
	behind []lag
}

// lag is how many offsets of one partition are stable and not committed.
type lag struct {
	sub, topic string
	partition  int32
	offsets    int64
}

// use tells whom to ask.
func (g *lags) use(cl *kgo.Client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admin = kadm.NewClient(cl)
}

// now gives the lag, and asks the cluster for it where it is not known well enough. What cannot be asked is not known:
// a gap in a graph is better than a stale number.
func (g *lags) now() []lag {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.admin == nil || time.Since(g.asked) < lagAge {
		return g.behind
	}
	ctx, cancel := context.WithTimeout(context.Background(), lagTimeout)
	defer cancel()
	g.behind = nil
	for _, l := range g.loops {
		g.behind = append(g.behind, l.behind(ctx, g.admin)...)
	}
	g.asked = time.Now()
	return g.behind
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
