package runtime

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anabranch-go/anabranch/runtime/ordering"
)

// health is what a loop says of itself, for /livez and /readyz. It never asks Kafka.
type health struct {
	sub  string
	last atomic.Int64 // when the loop last moved, Unix nanoseconds

	mu     sync.Mutex
	state  string // starting, running or ended
	reason string // why it is not ready while running
	since  time.Time
	tasks  []int32
	stalls []stallStatus
}

// The states of a loop.
const (
	starting = "starting"
	running  = "running"
	ended    = "ended"
)

func newHealth(sub string) *health {
	h := &health{sub: sub, state: starting, since: time.Now()}
	h.beat()
	return h
}

// beat notes that the loop moves.
func (h *health) beat() { h.last.Store(time.Now().UnixNano()) }

// still is for how long the loop has not moved.
func (h *health) still() time.Duration { return time.Since(time.Unix(0, h.last.Load())) }

func (h *health) become(state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state, h.reason, h.since = state, "", time.Now()
}

// outage notes why nothing moves; empty: it moves again.
func (h *health) outage(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reason, h.since = reason, time.Now()
}

// assign notes which tasks came and went, and gives those that are here now.
func (h *health) assign(assigned, revoked []int32) []int32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tasks = slices.DeleteFunc(h.tasks, func(n int32) bool { return slices.Contains(revoked, n) })
	h.tasks = append(h.tasks, assigned...)
	slices.Sort(h.tasks)
	h.tasks = slices.Compact(h.tasks)
	return slices.Clone(h.tasks)
}

// stallStatus is an input that holds the others of an ordered merger back.
type stallStatus struct {
	Operator  string    `json:"operator"`
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Since     time.Time `json:"since"`
	Reason    string    `json:"reason"`
}

// stalled notes which inputs hold others back now.
func (h *health) stalled(operator string, stalls []ordering.Stall) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stalls = h.stalls[:0]
	for _, s := range stalls {
		h.stalls = append(h.stalls, stallStatus{operator, s.Topic, s.Partition, s.Since.UTC().Truncate(time.Millisecond), s.Reason})
	}
}
