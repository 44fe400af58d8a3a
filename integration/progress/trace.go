package progress

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Trace is when the positions of a group moved on a topic that keeps growing. Follow writes it, all else may be called meanwhile.
type Trace struct {
	mu    sync.Mutex
	moves map[int32][]move
}

type move struct {
	at       time.Time
	position int64
}

// Follow samples the group into t until ctx ends. What cannot be read for a while is missing from the trace.
func (w *Watcher) Follow(ctx context.Context, t *Trace) {
	for ctx.Err() == nil {
		if s, err := w.sample(ctx); err == nil {
			t.add(s)
		}
		time.Sleep(samplePause)
	}
}

func (t *Trace) add(s Sample) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.moves == nil {
		t.moves = map[int32][]move{}
	}
	for p, position := range s.Positions {
		moves := t.moves[p]
		if n := len(moves); n == 0 || moves[n-1].position != position {
			t.moves[p] = append(moves, move{s.At, position})
		}
	}
}

// Positions are the last ones that were seen.
func (t *Trace) Positions() map[int32]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := map[int32]int64{}
	for p, moves := range t.moves {
		last[p] = moves[len(moves)-1].position
	}
	return last
}

// Backward names a position that went back, which none ever may; nil: none did.
func (t *Trace) Backward() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p, moves := range t.moves {
		for i := 1; i < len(moves); i++ {
			if moves[i].position < moves[i-1].position {
				return fmt.Errorf("the committed position of partition %d went back from %d to %d", p, moves[i-1].position, moves[i].position)
			}
		}
	}
	return nil
}

// Stall is the longest time until b in which some partition stood still, of the stands that overlap the time from a to b. How
// long they last after b is not counted.
func (t *Trace) Stall(a, b time.Time) (longest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, moves := range t.moves {
		for i := range moves {
			from, to := moves[i].at, b
			if i+1 < len(moves) && moves[i+1].at.Before(b) {
				to = moves[i+1].at
			}
			if from.Before(b) && to.After(a) {
				longest = max(longest, to.Sub(from))
			}
		}
	}
	return longest
}

// Recovered is when the last partition had moved again after from; false: one has not yet.
func (t *Trace) Recovered(from time.Time) (when time.Time, all bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, moves := range t.moves {
		i := len(moves)
		for i > 0 && moves[i-1].at.After(from) {
			i--
		}
		if i == len(moves) {
			return time.Time{}, false
		}
		if moves[i].at.After(when) {
			when = moves[i].at
		}
	}
	return when, len(t.moves) > 0
}
