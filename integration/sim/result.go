package sim

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Result is what came of one run.
type Result struct {
	Seeds           int
	Virtual         time.Duration
	Events          int // that went in
	Commits, Aborts uint64
	Exits           map[string]int // workers that ended with an error, by the error
	Kicked          int            // groups of the in-process brokers that had to be made to begin anew
	Recovery        time.Duration  // the longest from the end of the faults until all was committed
}

// Summary is what came of some runs, with their faults by kind.
type Summary struct {
	Result Result
	Faults map[string]Hits
}

// Add adds another run.
func (r *Result) Add(o Result) {
	r.Seeds += o.Seeds
	r.Virtual += o.Virtual
	r.Events += o.Events
	r.Commits += o.Commits
	r.Aborts += o.Aborts
	r.Kicked += o.Kicked
	r.Recovery = max(r.Recovery, o.Recovery)
	if r.Exits == nil {
		r.Exits = map[string]int{}
	}
	for text, n := range o.Exits {
		r.Exits[text] += n
	}
}

// count adds what a worker did.
func (w *world) count(report runtime.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range report.Subs {
		w.result.Commits += s.Commits
		w.result.Aborts += s.Aborts
	}
}

// exit notes a worker that ended with an error. A lost position is one that no fault of these can cause.
func (w *world) exit(err error) {
	w.log.Error("worker ended", "err", err)
	if errors.Is(err, transport.ErrPosition) {
		w.fail("a worker ended: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result.Exits[classOf(err)]++
}

// classOf is an error without the names in it.
func classOf(err error) string {
	for _, class := range []error{transport.ErrFenced, transport.ErrUnreachable, transport.ErrPosition} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return err.Error()
}

func (w *world) outcome() (Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.result
	r.Exits = maps.Clone(r.Exits)
	return r, errors.Join(w.errs...)
}

// String says all on one line.
func (r *Result) String() string {
	return fmt.Sprintf("%d seeds, %.1f virtual hours, %d events, %d commits, %d aborts, longest recovery %s, groups kicked %d, worker exits %v",
		r.Seeds, r.Virtual.Hours(), r.Events, r.Commits, r.Aborts, r.Recovery, r.Kicked, r.Exits)
}
