package topics

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Compacted makes sure of a compacted topic, in which the last record of each key stays. Where it makes it, it has one
// partition. A topic that is there and forgets records with time is ErrTopics; without the right to look it is trusted.
func Compacted(ctx context.Context, cl *kgo.Client, name string) error {
	want := []Topic{{Name: name, Partitions: 1, Managed: true, Config: map[string]string{"cleanup.policy": "compact"}}}
	have, err := list(ctx, cl, want)
	if err != nil {
		return err
	}
	if have[name] > 0 {
		return keeps(ctx, cl, name)
	}
	if err := Create(ctx, cl, want[0], 1); err != nil {
		return err
	}
	_, err = waitFor(ctx, cl, want, []string{name})
	return err
}

// keeps tells whether a topic is compacted and nothing else.
func keeps(ctx context.Context, cl *kgo.Client, name string) error {
	configs, err := kadm.NewClient(cl).DescribeTopicConfigs(ctx, name)
	if err != nil {
		return nil
	}
	for _, c := range configs {
		for _, one := range c.Configs {
			if one.Key == "cleanup.policy" && one.Value != nil && *one.Value != "compact" {
				return fmt.Errorf("%w: topic %s has cleanup.policy=%s; it should be compact", ErrTopics, name, *one.Value)
			}
		}
	}
	return nil
}
