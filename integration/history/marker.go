package history

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Transactions is how transactions ended, by the markers that the broker wrote into topics. It holds a few bytes for each
// transaction. Where the cluster has transaction version 2, the producer's epoch is another for each.
type Transactions struct {
	Committed, Aborted int
	Torn               []error // transactions of which one partition says commit and another one abort, the first few
}

type transaction struct {
	producer int64
	epoch    int16
}

// ReadTransactions reads the markers of topics. All transactions must have ended.
func ReadTransactions(ctx context.Context, brokers []string, topics ...string) (*Transactions, error) {
	t := &Transactions{}
	ended := map[transaction]bool{} // whether it was committed
	for _, topic := range topics {
		err := read(ctx, []kgo.Opt{kgo.SeedBrokers(brokers...)}, topic, func(r *kgo.Record) error {
			if !r.Attrs.IsControl() {
				return nil
			}
			return t.note(ended, r)
		})
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// note takes in one marker: its key is a version and a type, of which 0 is abort and 1 is commit.
func (t *Transactions) note(ended map[transaction]bool, r *kgo.Record) error {
	if len(r.Key) < 4 {
		return fmt.Errorf("the marker at %s:%d:%d has a key of %d bytes: want 4", r.Topic, r.Partition, r.Offset, len(r.Key))
	}
	kind := binary.BigEndian.Uint16(r.Key[2:])
	if kind > 1 {
		return nil
	}
	id, commit := transaction{r.ProducerID, r.ProducerEpoch}, kind == 1
	before, known := ended[id]
	switch {
	case known && before != commit && len(t.Torn) < examplesMax:
		t.Torn = append(t.Torn, fmt.Errorf("producer %d epoch %d ended twice: %s:%d:%d says commit %t, another partition the contrary",
			r.ProducerID, r.ProducerEpoch, r.Topic, r.Partition, r.Offset, commit))
	case !known && commit:
		t.Committed++
	case !known:
		t.Aborted++
	}
	ended[id] = commit
	return nil
}
