package runtime

import (
	"strconv"
	"testing"
)

// TestEvenKeysHaveNoHottest: a key that makes way for another one hands its count on, which says nothing of the other.
func TestEvenKeysHaveNoHottest(t *testing.T) {
	values := make([]string, 60_000)
	for i := range values {
		values[i] = strconv.Itoa(i % 997)
	}
	r := run(t, signup(), newMemory(map[int32][]record{1: keyed(values...)}))

	s := r.Subs[0]
	if len(s.Skews) != 1 || s.Skews[0].HottestShare > 0.01 {
		t.Errorf("skew: %+v, want no key with more than 1 of 100 events where each of 997 has as many", s.Skews)
	}
}
