package history

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Ledger is what went in: 24 bytes for each event, by its number. The zero value is empty.
type Ledger struct {
	pages [][]entry // so that nothing is copied when more come
	end   int       // behind the highest number
	count int
	fingerprinter
}

// pageLen is the number of entries of one page.
const pageLen = 1 << 16

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
	for number/pageLen >= len(l.pages) {
		l.pages = append(l.pages, make([]entry, pageLen))
	}
	e := l.at(number)
	if e.noted {
		return fmt.Errorf("event %d is in the input twice: at partition %d offset %d and at %d offset %d",
			number, e.partition, e.offset, r.Partition, r.Offset)
	}
	*e = entry{sum: l.sum(r, nil), offset: r.Offset, partition: r.Partition, noted: true}
	l.count++
	l.end = max(l.end, number+1)
	return nil
}

func (l *Ledger) at(number int) *entry { return &l.pages[number/pageLen][number%pageLen] }

// Whole gives an error where a number is missing below the highest one.
func (l *Ledger) Whole() error {
	if l.count == l.end {
		return nil
	}
	return fmt.Errorf("the input holds %d events, but numbers up to %d", l.count, l.end-1)
}

// Len is how many events went in.
func (l *Ledger) Len() int { return l.count }
