package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/topology"
)

// errDeletedRecords says that records of a feed are not in their topic any more.
var errDeletedRecords = errors.New("records of the feed were deleted by the cluster; the others were fed")

// partly tells whether err is of a feed that has left something out and has fed the rest.
func partly(err error) bool {
	return errors.Is(err, errRejectedLines) || errors.Is(err, errDeletedRecords)
}

// deleted tells what the cluster has deleted of the feeds. The error is errDeletedRecords.
func (all sources) deleted(ctx context.Context, admin *kadm.Client) error {
	var worst error
	for _, s := range all {
		n, err := s.feeder.Deleted(ctx, admin)
		if err != nil {
			return err
		}
		if n > 0 {
			fmt.Fprintf(os.Stderr, "anabranch: feed %s: %s of %s already deleted by the retention of topic %s, which goes by $time; give stream %s `config: {retention.ms: -1}`, or feed a newer $time\n",
				s.binding.stream, plural(n, "record"), s.binding.file, s.stream.Topic(), s.binding.stream)
			worst = &status{code: exitData, err: errDeletedRecords}
		}
	}
	return worst
}

// deletedUnread looks once more, after a run that has read less than was fed: what was deleted between the end of the feed and
// the reading.
func (all sources) deletedUnread(ctx context.Context, p *topology.Pipeline, r runtime.Report) error {
	var unread sources
	for _, sub := range r.Subs {
		fed, records := all.into(p, sub.Name)
		if sub.Records < uint64(records) {
			unread = append(unread, fed...)
		}
	}
	if len(unread) == 0 {
		return nil
	}
	opts, err := client.Options(p.Kafka, nil)
	if err != nil {
		return err
	}
	plain, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer plain.Close()
	return unread.deleted(ctx, kadm.NewClient(plain))
}

// into are the feeds that a sub-topology reads, and how many records they were.
func (all sources) into(p *topology.Pipeline, sub string) (fed sources, records int) {
	for _, one := range p.Subs {
		for _, s := range all {
			if one.Name == sub && slices.Contains(one.Inputs, s.stream) {
				fed, records = append(fed, s), records+s.fed
			}
		}
	}
	return fed, records
}
