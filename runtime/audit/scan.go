package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/replay"
	"github.com/anabranch-go/anabranch/runtime/topics"
)

// settled waits until everything that stands in a topic now is committed or aborted, and gives its ends: a commit is
// answered before its markers are written.
func settled(ctx context.Context, admin *kadm.Client, topic string) (map[int32]int64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, stableMax, fmt.Errorf("topic %s: a transaction has been open for %s", topic, stableMax))
	defer cancel()
	written, err := records.Offsets(ctx, admin.ListEndOffsets, topic)
	for err == nil {
		var stable map[int32]int64
		if stable, err = records.Offsets(ctx, admin.ListCommittedOffsets, topic); err != nil {
			break
		}
		open := false
		for partition, end := range written {
			open = open || stable[partition] < end
		}
		if !open {
			return stable, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil, err
}

// replayed tells whether dead letters of the pipeline have been replayed: what that wrote is not counted by operators.
func (a *auditor) replayed(ctx context.Context) (bool, error) {
	ends, err := records.Offsets(ctx, a.admin.ListEndOffsets, replay.Marks(a.pipeline))
	if errors.Is(err, topics.ErrTopics) {
		return false, nil
	}
	for _, end := range ends {
		if end > 0 {
			return true, nil
		}
	}
	return false, err
}
