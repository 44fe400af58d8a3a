package eos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Begin commits where a group begins, with the flow's mark, as its first worker would. What is there already stays.
func Begin(ctx context.Context, client []kgo.Opt, instance string, f Flow) error {
	kc, err := adminClient(client, instance)
	if err != nil {
		return fmt.Errorf("begin group %s: %w", f.Group, err)
	}
	defer kc.Close()
	g := groupStart{
		admin: kadm.NewClient(kc), log: slog.New(slog.DiscardHandler), group: f.Group, id: f.Group + "." + instance,
		instance: instance, mark: f.Mark, inputs: f.Inputs, release: release{after: never},
	}
	return g.commit(ctx)
}

// Restamp puts another mark beside all positions of a group that has no members, and changes nothing else of them. While
// the group has a member, the error is transport.ErrFenced, and nothing was changed.
func Restamp(ctx context.Context, admin *kadm.Client, group, mark string) error {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	if _, err := committedOffsets(ctx, admin, group); err != nil { // waits until no transaction is open on them
		return err
	}
	all, err := admin.FetchOffsets(kadm.RequireStable(ctx), group)
	if err == nil {
		err = all.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the positions of group %s: %w", group, err)
	}
	set := kadm.Offsets{}
	all.Each(func(o kadm.OffsetResponse) {
		if o.At >= 0 {
			o.Metadata = withMark(o.Metadata, mark)
			set.Add(o.Offset)
		}
	})
	if len(set) == 0 {
		return nil
	}
	err = admin.CommitAllOffsets(ctx, group, set)
	switch {
	case err != nil && inUse(err):
		return fmt.Errorf("%w: group %s has members; stop them first: %w", transport.ErrFenced, group, err)
	case err != nil:
		return fmt.Errorf("mark the positions of group %s: %w", group, err)
	}
	return nil
}

// withMark is metadata with another mark in it.
func withMark(metadata, mark string) string {
	fields := []string{"of=" + mark}
	for field := range strings.FieldsSeq(metadata) {
		if !strings.HasPrefix(field, "of=") {
			fields = append(fields, field)
		}
	}
	return strings.Join(fields, " ")
}
