package records

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime/topics"
)

// Offsets asks for one offset of each partition of a topic, such as by kadm.Client.ListStartOffsets. Without the topic it is
// topics.ErrTopics.
func Offsets(ctx context.Context, list func(context.Context, ...string) (kadm.ListedOffsets, error), topic string) (map[int32]int64, error) {
	listed, err := list(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err == nil && len(listed[topic]) == 0 || errors.Is(err, kerr.UnknownTopicOrPartition) {
		return nil, fmt.Errorf("%w: there is no topic %s", topics.ErrTopics, topic)
	}
	if err != nil {
		return nil, fmt.Errorf("list the offsets of topic %s: %w", topic, err)
	}
	found := map[int32]int64{}
	for partition, o := range listed[topic] {
		found[partition] = o.Offset
	}
	return found, nil
}
