package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/runtime/plan"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

// cluster is a Kafka in which the pipeline's topics exist.
type cluster struct {
	pipeline *topology.Pipeline
	instance string
	log      *slog.Logger
	options  []kgo.Opt
	client   *kgo.Client // for questions, not for records
	promise  eos.Guarantee
	layout   topics.Layout
	ends     *eos.Ends  // nil without an end
	repeat   repeatable // nil: nothing is repeated
}

// connect reaches the cluster, makes or checks the topics, and finds where the input ends.
func (w *Worker) connect(ctx context.Context) (*cluster, error) {
	if err := client.Probe(ctx, w.pipeline.Kafka, w.options.Dial); err != nil {
		return nil, err
	}
	options, err := client.Options(w.pipeline.Kafka, w.options.Dial)
	if err != nil {
		return nil, err
	}
	c := &cluster{pipeline: w.pipeline, instance: w.options.Instance, log: w.log, options: append(options, client.Log(w.log))}
	if c.client, err = kgo.NewClient(c.options...); err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	if err := c.prepare(ctx, w.options, w.subs()); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// subs are the sub-topologies whose groups the worker commits to: to find where a run ends, it lets all of them begin.
func (w *Worker) subs() []*topology.Sub {
	if w.options.UntilEnd {
		return w.pipeline.Subs
	}
	var subs []*topology.Sub
	for _, l := range w.loops {
		subs = append(subs, l.piece.sub)
	}
	return subs
}

func (c *cluster) prepare(ctx context.Context, o Options, subs []*topology.Sub) (err error) {
	if c.promise, err = eos.Guaranteed(ctx, c.client); err != nil {
		return err
	}
	if c.layout, err = topics.Ensure(ctx, c.client, c.pipeline, o.CreateTopics); err != nil {
		return err
	}
	if err = plan.Check(ctx, c.client, c.pipeline, subs); err != nil {
		return err
	}
	c.announce(ctx, o.CreateTopics, subs)
	if o.Decisions != "" {
		if c.repeat, err = c.readDecisions(ctx, o.Decisions); err != nil {
			return err
		}
	}
	if o.UntilEnd {
		c.ends, err = eos.FindEnds(ctx, c.options, c.instance, c.flows(), c.log)
	}
	return err
}

// announce keeps what is going to run, so that a later plan can show what has changed. Nothing that runs depends on it.
func (c *cluster) announce(ctx context.Context, create bool, subs []*topology.Sub) {
	var made error
	if create {
		made = topics.Compacted(ctx, c.client, c.pipeline.Control())
	}
	if err := errors.Join(made, plan.Announce(ctx, c.client, c.pipeline, subs)); err != nil && ctx.Err() == nil {
		c.log.Warn("a later plan will not know in full what ran now", "err", err)
	}
}

func (c *cluster) close() {
	if c.ends != nil {
		c.ends.Close()
	}
	c.client.Close()
}

// open joins the group of a sub-topology.
func (c *cluster) open(ctx context.Context, sub *topology.Sub) (transport.Transport, error) {
	flow := c.flow(sub)
	_, admit := plan.Admission(c.pipeline, sub)
	c.log.Info("starting", "sub", sub.Name, "group", flow.Group, "instance", c.instance,
		"reads", topicsOf(flow.Inputs), "writes", flow.Sinks)
	return eos.Open(ctx, eos.Config{
		Client: c.options, Group: flow.Group, Instance: c.instance, Inputs: flow.Inputs, Sinks: flow.Sinks, Shared: flow.Shared,
		Mark: flow.Mark, Admit: admit, Ends: c.ends, Log: c.log.With("sub", sub.Name),
	})
}

// flows are all sub-topologies of the pipeline, those that run elsewhere included: an end may depend on them.
func (c *cluster) flows() []eos.Flow {
	var flows []eos.Flow
	for _, sub := range c.pipeline.Subs {
		flows = append(flows, c.flow(sub))
	}
	return flows
}

// flow names the topics of sub; behind its sinks stand that of the dead letters and that of decisions, where it has them.
func (c *cluster) flow(sub *topology.Sub) eos.Flow {
	f := eos.Flow{Group: c.pipeline.Group(sub)}
	f.Mark, _ = plan.Admission(c.pipeline, sub)
	for _, in := range sub.Inputs {
		f.Inputs = append(f.Inputs, eos.Input{Topics: in.Topics, Start: eos.Start(in.Start)})
	}
	for _, sink := range sub.Sinks {
		f.Sinks = append(f.Sinks, sink.Topic())
	}
	if dead := c.pipeline.OnError.DeadLetter; dead != "" {
		f.Sinks = append(f.Sinks, dead)
	}
	if sub.Ordering != nil {
		f.Sinks = append(f.Sinks, c.pipeline.Control())
		f.Shared = []string{c.pipeline.Control()}
	}
	return f
}

func topicsOf(inputs []eos.Input) []string {
	var names []string
	for _, in := range inputs {
		names = append(names, in.Topics...)
	}
	return names
}
