package loop

import "github.com/twmb/franz-go/pkg/kgo"

// Copy forwards every record of every input to the same partition of a topic.
func Copy(to string) Work {
	return func(r *kgo.Record, produce func(*kgo.Record)) error {
		r.Topic = to
		produce(r)
		return nil
	}
}
