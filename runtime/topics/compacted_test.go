package topics

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
)

func TestCompacted(t *testing.T) {
	cl := cluster(t)
	for range 2 { // the second time it is there
		if err := Compacted(t.Context(), cl, "marks"); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := kadm.NewClient(cl).ListTopics(t.Context(), "marks")
	if err != nil || len(listed["marks"].Partitions) != 1 {
		t.Errorf("%v, %v", listed, err)
	}
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, nil, "fleeting"); err != nil {
		t.Fatal(err)
	}
	says(t, Compacted(t.Context(), cl, "fleeting"), "topic fleeting has cleanup.policy=delete; it should be compact")
}
