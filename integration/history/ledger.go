package history

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Ledger is what went in: 24 bytes for each event, by its number. The zero value is empty.
type Ledger struct {
	entries []entry
	count   int
	fingerprinter
}

type entry struct {
	sum       uint64
	offset    int64
	partition int32
	noted     bool
}

// Add notes one record of the input topic.
func (l *Ledger) Add(r *kgo.Record) error {
	number, ok := Number(r)
	if !ok || number < 0 {
		return fmt.Errorf("input %s:%d:%d carries no event number", r.Topic, r.Partition, r.Offset)
	}
	for number >= len(l.entries) {
		l.entries = append(l.entries, entry{})
	}
	if e := l.entries[number]; e.noted {
		return fmt.Errorf("event %d is in the input twice: at partition %d offset %d and at %d offset %d",
			number, e.partition, e.offset, r.Partition, r.Offset)
	}
	l.entries[number] = entry{sum: l.sum(r, nil), offset: r.Offset, partition: r.Partition, noted: true}
	l.count++
	return nil
}

// Whole gives an error where a number is missing below the highest one.
func (l *Ledger) Whole() error {
	if l.count == len(l.entries) {
		return nil
	}
	return fmt.Errorf("the input holds %d events, but numbers up to %d", l.count, len(l.entries)-1)
}

// Len is how many events went in.
func (l *Ledger) Len() int { return l.count }
