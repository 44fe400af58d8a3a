package eos

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Restart makes a group without members read its topics from their beginning again. What the instance left open is aborted
// before. While the group has a member, the error is transport.ErrFenced. It waits for a broker as Open does.
func Restart(ctx context.Context, client []kgo.Opt, group, instance string, topics ...string) error {
	m := &member{config: Config{Group: group, Instance: instance}, log: slog.New(slog.DiscardHandler)}
	var err error
	if m.client, err = adminClient(client, m.config.id()); err != nil {
		return fmt.Errorf("restart group %s: %w", group, err)
	}
	defer m.client.Close()
	m.admin = kadm.NewClient(m.client)
	if err := reach(ctx, m.client); err != nil {
		return fmt.Errorf("restart group %s: %w", group, err)
	}
	if err := m.restart(ctx, topics); err != nil {
		return fmt.Errorf("restart group %s: %w", group, within(ctx, err))
	}
	return nil
}

func (m *member) restart(ctx context.Context, topics []string) error {
	described, err := m.admin.DescribeGroups(ctx, m.config.Group)
	if err != nil {
		return err
	}
	if group, err := described.On(m.config.Group, nil); err == nil && len(group.Members) > 0 {
		return fmt.Errorf("%w: the group has a member", transport.ErrFenced)
	}
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	if err := m.fence(ctx, m.config.id()); err != nil {
		return err
	}
	firsts, err := m.admin.ListStartOffsets(ctx, topics...)
	if err == nil {
		err = firsts.Error()
	}
	if err != nil {
		return fmt.Errorf("find the start of topics %q: %w", topics, err)
	}
	var starts kadm.Offsets
	firsts.Each(func(o kadm.ListedOffset) {
		starts.Add(kadm.Offset{Topic: o.Topic, Partition: o.Partition, At: o.Offset, LeaderEpoch: -1})
	})
	err = m.admin.CommitAllOffsets(ctx, m.config.Group, starts)
	if err != nil && inUse(err) {
		return fmt.Errorf("%w: the group has a member now: %w", transport.ErrFenced, err)
	}
	return err
}
