package sim

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/topology"
)

// checkOrder holds what an ordered merger wrote to what its logs and its decisions say.
func (w *world) checkOrder() {
	if len(w.scenario.ordered) == 0 {
		return
	}
	ctx := context.Background()
	order, err := history.ReadOrder(ctx, w.reach, "merge", w.scenario.pipeline.Control(), w.scenario.ordered...)
	if err != nil {
		w.fail("read the order: %v", err)
		return
	}
	var came []history.Placed
	err = history.ReadWith(ctx, w.reach, input, func(r *kgo.Record) error {
		p := history.Placed{Partition: r.Partition}
		if n := len(r.Headers) - 1; n >= 0 && r.Headers[n].Key == topology.LateHeader {
			p.Late = true
			r.Headers = slices.Clone(r.Headers[:n])
		}
		p.Text = history.Text(r)
		came = append(came, p)
		return nil
	})
	if err != nil {
		w.fail("read what was merged: %v", err)
		return
	}
	slices.SortStableFunc(came, func(a, b history.Placed) int { return int(a.Partition - b.Partition) })
	if err := order.Compare(came); err != nil {
		w.fail("the order of the merger: %v", err)
	}
}
