package topics

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Compacted makes sure of a compacted topic of one partition, in which the last record of each key stays.
func Compacted(ctx context.Context, cl *kgo.Client, name string) error {
	want := []topic{{name: name, partitions: 1, managed: true, config: map[string]string{"cleanup.policy": "compact"}}}
	have, err := list(ctx, cl, want)
	if err != nil || have[name] > 0 {
		return err
	}
	if err := makeOne(ctx, cl, want[0], 1); err != nil {
		return err
	}
	_, err = waitFor(ctx, cl, want, []string{name})
	return err
}
