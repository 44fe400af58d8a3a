package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// Errors of Apply. Nothing was changed where it gives one of them.
var (
	// ErrNotReady: something has to be done first, such as to stop the workers or to let them read a topic to its end.
	ErrNotReady = errors.New("not yet")
	// ErrStale: the cluster or the file is not what a plan was made from.
	ErrStale = errors.New("the plan is out of date")
)

// Step is one thing that Apply did, or did not.
type Step struct {
	What string `json:"what"`
	Done bool   `json:"done"`

	do func(context.Context) error
}

// applier does what a plan says.
type applier struct {
	*Cluster
	plan   *Plan
	state  *State
	layout topics.Layout
}

// Apply does what made says, which Of has made of s a moment ago. Undrained goes on although records are left
// unread that should be read first. It gives all steps, in order: those behind the first that fails are not done. To apply
// again is safe.
func (c *Cluster) Apply(ctx context.Context, s *State, made *Plan, undrained bool) ([]Step, error) {
	a := &applier{c, made, s, topics.Layout{}}
	if err := a.ready(undrained); err != nil {
		return nil, err
	}
	for name, t := range s.Topics {
		a.layout[name] = t.Partitions
	}
	steps := a.steps()
	for i := range steps {
		if err := steps[i].do(ctx); err != nil {
			return steps, fmt.Errorf("%s: %w", steps[i].What, err)
		}
		steps[i].Done = true
	}
	return steps, nil
}

// ready tells all that has to be done first.
func (a *applier) ready(undrained bool) error {
	var first []string
	for _, c := range a.plan.Changes {
		if c.Action == Block {
			first = append(first, fmt.Sprintf("%s %s: %s", c.Kind, c.Name, c.Why))
		}
	}
	if running := a.state.members(); a.plan.Class >= fingerprint.Drain && len(running) > 0 {
		first = append(first, fmt.Sprintf("stop the workers of group %s: this is a %s", strings.Join(running, ", "), a.plan.Class))
	}
	for _, c := range a.plan.Changes {
		if n := a.state.left(c.Drain); c.Drain != "" && n > 0 && !undrained {
			text := fmt.Sprintf("topic %s has %d offsets that no worker has read; let the earlier revision read it to its end, or accept with --undrained what follows", c.Drain, n)
			if !slices.Contains(first, text) {
				first = append(first, text)
			}
		}
	}
	if len(first) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrNotReady, strings.Join(first, "; "))
}

// steps are all that is to be done: what is made stands before what uses it, and what is deleted comes last.
func (a *applier) steps() []Step {
	var steps []Step
	add := func(what string, do func(context.Context) error) { steps = append(steps, Step{What: what, do: do}) }
	for _, c := range a.plan.Changes {
		switch {
		case c.Action == Create && c.Kind == TopicKind:
			add("create topic "+c.Name, func(ctx context.Context) error { return a.create(ctx, c.topic) })
		case c.Action == Update && c.Kind == PartitionsKind:
			add(fmt.Sprintf("give topic %s %s partitions", c.Name, c.To), func(ctx context.Context) error { return a.widen(ctx, c.topic) })
		case c.Action == Update && c.Kind == ConfigKind:
			add(fmt.Sprintf("set %s=%s", c.Name, c.To), func(ctx context.Context) error { return a.configure(ctx, c) })
		}
	}
	if slices.ContainsFunc(fileOf(a.pipeline), func(s *fingerprint.Sub) bool { return a.state.Known[s.Print()] == nil }) {
		add("keep in topic "+a.pipeline.Control()+" what the file says", func(ctx context.Context) error {
			return Announce(ctx, a.client, a.pipeline, a.pipeline.Subs)
		})
	}
	for _, sub := range a.pipeline.Subs {
		if what, do := a.group(sub); do != nil {
			add(what, do)
		}
	}
	for _, c := range a.plan.Changes {
		switch {
		case c.Action == Delete && c.Kind == GroupKind:
			add("delete group "+c.Name, func(ctx context.Context) error { return a.deleteGroup(ctx, c.Name) })
		case c.Action == Delete && c.Kind == TopicKind:
			add("delete topic "+c.Name, func(ctx context.Context) error { return a.deleteTopic(ctx, c.Name) })
		}
	}
	return steps
}

// group is what is to be done about the group of sub: nil where its workers do it themselves, or it is done.
func (a *applier) group(sub *topology.Sub) (string, func(context.Context) error) {
	name := a.pipeline.Group(sub)
	mark, _ := Admission(a.pipeline, sub)
	g := a.state.Groups[name]
	switch {
	case len(g.Positions) == 0 && g.Members == 0:
		return "begin group " + name, func(ctx context.Context) error {
			flow := eos.Flow{Group: name, Mark: mark}
			for _, in := range sub.Inputs {
				flow.Inputs = append(flow.Inputs, eos.Input{Topics: in.Topics, Start: eos.Start(in.Start)})
			}
			return eos.Begin(ctx, a.options, "apply", flow)
		}
	case g.Members == 0 && !slices.Equal(g.marks(), []string{mark}):
		return "mark the positions of group " + name, func(ctx context.Context) error {
			err := eos.Restamp(ctx, a.admin, name, mark)
			if errors.Is(err, transport.ErrFenced) && a.plan.Class <= fingerprint.Rolling {
				return nil // workers have come meanwhile, and do it themselves
			}
			return err
		}
	}
	return "", nil
}

func (a *applier) create(ctx context.Context, t *wantedTopic) error {
	if t.Name == a.pipeline.Control() {
		return topics.Compacted(ctx, a.client, t.Name)
	}
	layout, err := topics.Make(ctx, a.client, t.Topic, a.layout)
	a.layout = layout
	return err
}

func (a *applier) widen(ctx context.Context, t *wantedTopic) error {
	done, err := a.admin.UpdatePartitions(ctx, int(t.Partitions), t.Name)
	if err == nil {
		err = done.Error()
	}
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		return acl.Missing(acl.Rule{Resource: acl.Topic, Name: t.Name, Operation: acl.Alter})
	}
	return err
}

func (a *applier) configure(ctx context.Context, c Change) error {
	key := strings.TrimPrefix(c.Name, c.topic.Name+" ")
	done, err := a.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &c.To}}, c.topic.Name)
	if err == nil {
		_, err = done.On(c.topic.Name, nil)
	}
	for _, one := range done {
		if err == nil {
			err = one.Err
		}
	}
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		return acl.Missing(acl.Rule{Resource: acl.Topic, Name: c.topic.Name, Operation: acl.AlterConfigs})
	}
	return err
}

func (a *applier) deleteGroup(ctx context.Context, name string) error {
	_, err := a.admin.DeleteGroup(ctx, name)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil
	}
	return err
}

func (a *applier) deleteTopic(ctx context.Context, name string) error {
	_, err := a.admin.DeleteTopic(ctx, name)
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return nil
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return acl.Missing(acl.Rule{Resource: acl.Topic, Name: name, Operation: acl.Delete})
	}
	return err
}
