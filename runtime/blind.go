package runtime

import (
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// recipe is what becomes of every event of an input in a program that does not look at events: which sinks it
// reaches, and how it is counted. Such a program need not see records at all.
type recipe struct {
	picks  []stage.Pick // Index is the sink
	counts []stage.Counts
}

// recipes finds the recipe of each input by carrying one empty event. It gives nil where the program may look at
// events, where a sink places them by key, and where an event reaches a sink twice, since the copies
// would then have to stand beside each other.
func recipes(sub *topology.Sub, r *stage.Runner[stage.Row], outputs []stage.Output) []recipe {
	for _, op := range sub.Operators {
		if op.Type != "copier" && op.Type != "merger" {
			return nil
		}
	}
	defer func() { r.Reset(); r.ClearCounts() }()
	found := make([]recipe, len(sub.Inputs))
	for input := range sub.Inputs {
		r.Reset()
		r.ClearCounts()
		r.Route(input, 0, new(stage.Event[stage.Row]))
		if len(r.Rejected) > 0 {
			return nil
		}
		for sink, picks := range r.Picks {
			if len(picks) > 1 || outputs[sink].Place != nil {
				return nil
			}
			if len(picks) == 1 {
				found[input].picks = append(found[input].picks, stage.Pick{Index: int32(sink), Partition: picks[0].Partition})
			}
		}
		for _, c := range r.Counts {
			c.Emitted = append([]uint64(nil), c.Emitted...)
			found[input].counts = append(found[input].counts, c)
		}
	}
	return found
}

// forward passes a batch on unseen, by the recipe of its input.
func (t *task) forward(b transport.Batch) {
	r, n := &t.blind[b.Input()], uint64(b.Len())
	for _, p := range r.picks {
		t.piece.out.Forward(int(p.Index), p.Partition, b)
	}
	for i := range r.counts {
		add(&t.runner.Counts[i], &r.counts[i], n)
	}
}

// add adds n times the counts of more.
func add(to, more *stage.Counts, n uint64) {
	to.In += n * more.In
	to.Passed += n * more.Passed
	to.Dropped += n * more.Dropped
	to.Dead += n * more.Dead
	for i, e := range more.Emitted {
		to.Emitted[i] += n * e
	}
}
