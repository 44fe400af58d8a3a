package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// instance is the one worker of a replay's group.
const instance = "replay"

// GroupName is the consumer group in which the dead letters of p are replayed.
func GroupName(p *topology.Pipeline) string { return p.Name + ".dlq" }

// Replay lets the letters that o chooses enter at their operators, up to the present end of the dead letters, or until ctx
// ends, which finishes the transaction. Only what is committed is in the Report, which is there with an error too.
// The pipeline's topics must exist; the topic of the marks is made. While another replay of the pipeline runs, the
// error is transport.ErrFenced.
func (d *Desk) Replay(ctx context.Context, o Order) (*Report, error) {
	v, err := d.begin(ctx, o)
	if err != nil {
		if errors.Is(err, transport.ErrFenced) {
			err = fmt.Errorf("another replay of pipeline %s is running, or was killed less than 10 seconds ago: %w", d.pipeline.Name, err)
		}
		return nil, err
	}
	defer v.close()
	if err := v.run(ctx); err != nil {
		if errors.Is(err, transport.ErrFenced) {
			err = fmt.Errorf("another replay of pipeline %s was started and has taken over: %w", d.pipeline.Name, err)
		}
		return v.report, err
	}
	return v.report, nil
}

// begin joins the group, whose positions are set to the beginning of the dead letters.
func (d *Desk) begin(ctx context.Context, o Order) (*run, error) {
	layout, err := topics.Ensure(ctx, d.client, d.pipeline, false)
	if err != nil {
		return nil, err
	}
	if err := topics.Compacted(ctx, d.client, Marks(d.pipeline)); err != nil {
		return nil, err
	}
	if err := acl.CheckReplay(ctx, d.client, d.pipeline); err != nil {
		return nil, err
	}
	p, group := d.pipeline, GroupName(d.pipeline)
	if err := eos.Restart(ctx, d.options, group, instance, p.OnError.DeadLetter); err != nil {
		return nil, err
	}
	flow := eos.Flow{Group: group, Inputs: []eos.Input{{Topics: []string{p.OnError.DeadLetter}}}} // what is written there meanwhile is not for this replay
	r := &run{next: time.Now(), report: &Report{Written: map[string]int{}}, refused: map[stage.Origin]error{}, written: map[string]int{}}
	r.visit = visit{desk: d, order: o, walk: newWalk(p, layout), origins: &origins{options: d.options}}
	r.partitions = layout[p.OnError.DeadLetter]
	r.letters = deadletter.Letters{Pipeline: p.Name, Revision: p.Revision}
	r.enterMax = o.enterMax()
	sinks := r.walk.sinks()
	r.sinks = len(sinks)
	if r.ends, err = eos.FindEnds(ctx, d.options, instance, []eos.Flow{flow}, d.log); err != nil {
		return nil, err
	}
	r.out, err = eos.Open(ctx, eos.Config{
		Client: d.options, Group: group, Instance: instance, Inputs: flow.Inputs,
		Sinks: append(sinks, p.OnError.DeadLetter, Marks(p)), Ends: r.ends, RecordsMax: r.enterMax, Log: d.log,
	})
	if err != nil {
		r.ends.Close()
		return nil, err
	}
	return r, nil
}
