package history

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestTransactionsEndOneWay(t *testing.T) {
	marker := func(partition int32, epoch int16, kind byte) *kgo.Record {
		return &kgo.Record{Topic: "t", Partition: partition, ProducerID: 7, ProducerEpoch: epoch, Key: []byte{0, 0, 0, kind}}
	}
	whole, ended := &Transactions{}, map[transaction]bool{}
	for _, r := range []*kgo.Record{marker(0, 1, 1), marker(1, 1, 1), marker(0, 2, 0), marker(1, 2, 0), marker(0, 3, 1)} {
		if err := whole.note(ended, r); err != nil {
			t.Fatal(err)
		}
	}
	if whole.Committed != 2 || whole.Aborted != 1 || len(whole.Torn) != 0 {
		t.Errorf("%+v, want 2 committed, 1 aborted, none torn", whole)
	}
	if err := whole.note(ended, marker(2, 2, 1)); err != nil || len(whole.Torn) != 1 {
		t.Errorf("%v, %+v; want the second one torn", err, whole)
	}
}
