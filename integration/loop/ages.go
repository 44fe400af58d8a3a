package loop

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ageMax bounds the ages for which a choice is made beforehand; older people count as of this age.
const ageMax = 127

// Exclude forwards the signups of people of other ages than excluded to the same partition of a topic. By hand, one
// look into a table does what a chain of filters does.
func Exclude(to string, excluded []int) Work {
	topics := [ageMax + 1]string{}
	for age := range topics {
		topics[age] = to
	}
	for _, age := range excluded {
		topics[age] = ""
	}
	return byAge(topics)
}

// Split forwards each signup to one of several topics: the first for ages below the first bound, and so on; the last for
// ages from the last bound on. There is one topic more than bounds, which ascend.
func Split(to []string, bounds []int) Work {
	topics, i := [ageMax + 1]string{}, 0
	for age := range topics {
		for i < len(bounds) && age >= bounds[i] {
			i++
		}
		topics[age] = to[i]
	}
	return byAge(topics)
}

func byAge(topics [ageMax + 1]string) Work {
	return func(r *kgo.Record, produce func(*kgo.Record)) error {
		s, err := read(r.Value)
		if err != nil {
			return fmt.Errorf("signup at partition %d offset %d: %w", r.Partition, r.Offset, err)
		}
		if topic := topics[min(max(s.age, 0), ageMax)]; topic != "" {
			r.Topic = topic
			produce(r)
		}
		return nil
	}
}
