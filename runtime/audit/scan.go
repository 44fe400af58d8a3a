package audit

import (
	"context"
	"errors"

	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/replay"
	"github.com/anabranch-go/anabranch/runtime/topics"
)

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
