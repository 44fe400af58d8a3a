package records

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// ErrOpen is that of a transaction which stays open for so long that what stands behind its beginning cannot be read yet. It passes when the
// transaction ends, by its timeout at the latest.
var ErrOpen = errors.New("a transaction is still open")

// openMax bounds the wait for transactions that are open: longer than the transaction timeout of a worker.
const openMax = 30 * time.Second

// Settled waits until everything that stands in a topic now is committed or aborted, and gives its ends: a commit is
// answered before its markers are written. It waits for 30 seconds at most; then the error is ErrOpen.
func Settled(ctx context.Context, admin *kadm.Client, topic string) (map[int32]int64, error) {
	return settled(ctx, admin, topic, openMax)
}

func settled(ctx context.Context, admin *kadm.Client, topic string, most time.Duration) (map[int32]int64, error) {
	written, err := Offsets(ctx, admin.ListEndOffsets, topic)
	for began := time.Now(); err == nil; {
		var stable map[int32]int64
		if stable, err = Offsets(ctx, admin.ListCommittedOffsets, topic); err != nil {
			break
		}
		open := false
		for partition, end := range written {
			open = open || stable[partition] < end
		}
		if !open {
			return stable, nil
		}
		if time.Since(began) > most {
			return nil, fmt.Errorf("topic %s: %w after %s", topic, ErrOpen, most)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(settlePause):
		}
	}
	return nil, err
}

// settlePause is between two looks.
const settlePause = 50 * time.Millisecond
