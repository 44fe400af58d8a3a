package progress

import (
	"context"
	"fmt"
	"slices"
)

// Owners gives the number of partitions of the topics that each member of the group holds, by client id.
func (w *Watcher) Owners(ctx context.Context) (map[string]int, error) {
	groups, err := w.admin.DescribeGroups(ctx, w.group)
	if err != nil {
		return nil, fmt.Errorf("describe group %s: %w", w.group, err)
	}
	owners := map[string]int{}
	for _, member := range groups[w.group].Members {
		assigned, ok := member.Assigned.AsConsumer()
		if !ok {
			continue
		}
		for _, t := range assigned.Topics {
			if slices.Contains(w.topics, t.Topic) {
				owners[member.ClientID] += len(t.Partitions)
			}
		}
	}
	return owners, nil
}
