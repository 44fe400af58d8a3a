package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/runtime/topics"
)

// observer looks at a cluster. It changes nothing.
type observer struct {
	*Cluster
	state *State
}

// patience is for how long Observe waits for coordinators and leaders that are being elected.
const patience = 30 * time.Second

// Observe reads what the cluster has of the pipeline.
func (c *Cluster) Observe(ctx context.Context) (*State, error) {
	for began := time.Now(); ; {
		s, err := c.observe(ctx)
		if err == nil || !passes(err) || time.Since(began) > patience {
			return s, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// passes tells whether a broker says that it will be otherwise soon, or one of several does.
func passes(err error) bool {
	var several *kadm.ShardErrors
	if errors.As(err, &several) {
		return slices.ContainsFunc(several.Errs, func(one kadm.ShardError) bool { return kerr.IsRetriable(one.Err) })
	}
	return kerr.IsRetriable(err)
}

func (c *Cluster) observe(ctx context.Context) (*State, error) {
	o := &observer{c, &State{Topics: map[string]Topic{}, Groups: map[string]Group{}}}
	brokers, err := o.admin.BrokerMetadata(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the brokers: %w", err)
	}
	o.state.Brokers = len(brokers.Brokers)
	if o.state.Known, err = known(ctx, c.options, c.admin, c.pipeline); err != nil {
		o.remark("what ran before is not known in full: %v", err)
	}
	if err := o.groups(ctx); err != nil {
		return nil, err
	}
	if err := o.topics(ctx); err != nil {
		return nil, err
	}
	return o.state, o.rights(ctx)
}

func (o *observer) remark(format string, args ...any) {
	o.state.Remarks = append(o.state.Remarks, fmt.Sprintf(format, args...))
}

// groups reads the groups of the pipeline: those of its sub-topologies, and those that bear its name still.
func (o *observer) groups(ctx context.Context) error {
	names, err := staleGroups(ctx, o.admin, o.pipeline)
	if err != nil {
		o.remark("groups that the file names no more are not known: %v", err)
	}
	for _, sub := range o.pipeline.Subs {
		names = append(names, o.pipeline.Group(sub))
	}
	described, err := o.admin.DescribeGroups(ctx, names...)
	if err != nil {
		return fmt.Errorf("describe the groups: %w", err)
	}
	for _, name := range names {
		g := Group{Members: len(described[name].Members)}
		if err := described[name].Err; errors.Is(err, kerr.GroupAuthorizationFailed) {
			o.remark("group %s may not be looked at", name)
			continue
		}
		if g.Positions, err = o.positions(ctx, name); err != nil {
			return err
		}
		if g.Members > 0 || len(g.Positions) > 0 {
			o.state.Groups[name] = g
		}
	}
	return nil
}

func (o *observer) positions(ctx context.Context, group string) ([]Position, error) {
	all, err := o.admin.FetchOffsets(ctx, group)
	if err == nil {
		err = all.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the positions of group %s: %w", group, err)
	}
	var found []Position
	topics := all.Offsets().TopicsSet().Topics()
	if len(topics) == 0 {
		return nil, nil
	}
	ends, err := o.admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("find the ends of topics: %w", err)
	}
	all.Each(func(at kadm.OffsetResponse) {
		if at.At < 0 {
			return
		}
		one := Position{Topic: at.Topic, Partition: at.Partition, Mark: eos.MarkIn(at.Metadata)}
		if end, there := ends.Lookup(at.Topic, at.Partition); there && end.Err == nil {
			one.Left = max(0, end.Offset-at.At)
		}
		found = append(found, one)
	})
	slices.SortFunc(found, func(a, b Position) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return found, nil
}

// topics reads the topics that the file names, and those that what ran before has written.
func (o *observer) topics(ctx context.Context) error {
	names := []string{o.pipeline.Control()}
	for _, t := range topics.Wanted(o.pipeline) {
		names = append(names, t.Name)
	}
	for _, sub := range o.state.Known {
		for _, w := range sub.Writes {
			names = append(names, w.Topic)
		}
	}
	slices.Sort(names)
	listed, err := o.admin.ListTopics(ctx, slices.Compact(names)...)
	if err != nil {
		return fmt.Errorf("look at the topics: %w", err)
	}
	for name, t := range listed {
		switch {
		case errors.Is(t.Err, kerr.UnknownTopicOrPartition):
		case errors.Is(t.Err, kerr.TopicAuthorizationFailed) && name == o.pipeline.Control():
			o.remark("topic %s may not be looked at", name)
		case errors.Is(t.Err, kerr.TopicAuthorizationFailed):
			return acl.Missing(acl.Rule{Resource: acl.Topic, Name: name, Operation: acl.Describe})
		case t.Err != nil:
			return fmt.Errorf("look at topic %s: %w", name, t.Err)
		default:
			o.state.Topics[name] = Topic{Partitions: int32(len(t.Partitions)), Replicas: t.Partitions.NumReplicas()}
		}
	}
	return o.contents(ctx)
}

// contents finds which topics are empty, and how they are configured.
func (o *observer) contents(ctx context.Context) error {
	var names []string
	for name := range o.state.Topics {
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil
	}
	starts, err := o.admin.ListStartOffsets(ctx, names...)
	if err != nil {
		return fmt.Errorf("find the starts of topics: %w", err)
	}
	ends, err := o.admin.ListEndOffsets(ctx, names...)
	if err != nil {
		return fmt.Errorf("find the ends of topics: %w", err)
	}
	configs, err := o.admin.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return fmt.Errorf("read the configuration of topics: %w", err)
	}
	for name, t := range o.state.Topics {
		t.Empty = true
		ends.Each(func(end kadm.ListedOffset) {
			start, _ := starts.Lookup(end.Topic, end.Partition)
			t.Empty = t.Empty && (end.Topic != name || end.Offset <= start.Offset)
		})
		if config, err := configs.On(name, nil); err == nil && config.Err == nil {
			t.Config = map[string]string{}
			for _, c := range config.Configs {
				t.Config[c.Key] = c.MaybeValue()
			}
		}
		o.state.Topics[name] = t
	}
	return nil
}
