package history

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Output says what one output topic must hold.
type Output struct {
	Topic string
	// Want tells whether the event of a number must be there. Nil: every event.
	Want func(number int) bool
	// Place is the partition that a record must be on. Nil: the number of its source partition.
	Place func(r *kgo.Record) int32
	// Lane groups the events of one source partition that must keep their order on an output partition; nil: all of them.
	Lane func(r *kgo.Record) uint64
	// Unordered turns the check of order off.
	Unordered bool
	// Added are the prefixes of the headers that the pipeline adds; all other bytes must be as they were.
	Added []string
	// Origin reads the source position that a dead letter claims. Nil: the records claim none.
	Origin func(r *kgo.Record) (partition int32, offset int64, err error)
}

// Check reads one output topic record by record. It is used by one goroutine.
type Check struct {
	output Output
	ledger *Ledger
	seen   Bitmap
	last   map[lane]int64 // the highest source offset that each lane has reached
	report Report
	fingerprinter
}

type lane struct {
	group    uint64
	from, to int32
}

// NewCheck begins to check one output against what went in. The ledger must be whole.
func NewCheck(ledger *Ledger, output Output) *Check {
	return &Check{output: output, ledger: ledger, last: map[lane]int64{}, report: Report{Topic: output.Topic}}
}

// Record checks the next record of the topic; those of one partition come in order.
func (c *Check) Record(r *kgo.Record) {
	c.report.Records++
	number, ok := Number(r)
	if !ok || number < 0 || number >= c.ledger.end {
		c.fault(&c.report.Foreign, r, "is no input event")
		return
	}
	source := c.ledger.at(number)
	if c.output.Want != nil && !c.output.Want(number) {
		c.fault(&c.report.Unexpected, r, "event %d should not be here", number)
	}
	if c.sum(r, c.output.Added) != source.sum {
		c.fault(&c.report.Changed, r, "event %d is not what went in", number)
	}
	c.place(r, number, source)
	if c.seen.Has(number) {
		c.fault(&c.report.Duplicated, r, "event %d is here again", number)
		return
	}
	c.seen.Set(number)
	c.order(r, number, source)
}

// place checks where a record lies and where it says that it comes from.
func (c *Check) place(r *kgo.Record, number int, source *entry) {
	want := source.partition
	if c.output.Place != nil {
		want = c.output.Place(r)
	}
	if r.Partition != want {
		c.fault(&c.report.Misplaced, r, "event %d belongs on partition %d", number, want)
	}
	if c.output.Origin == nil {
		return
	}
	partition, offset, err := c.output.Origin(r)
	switch {
	case err != nil:
		c.fault(&c.report.Misattributed, r, "event %d: %v", number, err)
	case partition != source.partition || offset != source.offset:
		c.fault(&c.report.Misattributed, r, "event %d says it is from partition %d offset %d, but is from %d offset %d",
			number, partition, offset, source.partition, source.offset)
	}
}

// order checks the first copy of an event against those before it in its lane.
func (c *Check) order(r *kgo.Record, number int, source *entry) {
	if c.output.Unordered {
		return
	}
	key := lane{from: source.partition, to: r.Partition}
	if c.output.Lane != nil {
		key.group = c.output.Lane(r)
	}
	if last, ok := c.last[key]; ok && source.offset < last {
		c.fault(&c.report.Reordered, r, "event %d comes after a later one of its source partition", number)
		return
	}
	c.last[key] = source.offset
}

// Finish looks for what never came and gives the verdict.
func (c *Check) Finish() Report {
	for number := range c.ledger.end {
		if c.output.Want != nil && !c.output.Want(number) {
			continue
		}
		c.report.Wanted++
		if !c.seen.Has(number) {
			e := c.ledger.at(number)
			c.report.Lost++
			c.report.example(fmt.Sprintf("event %d, input partition %d offset %d, is not in %s", number, e.partition, e.offset, c.output.Topic))
		}
	}
	return c.report
}

func (c *Check) fault(count *int, r *kgo.Record, format string, args ...any) {
	*count++
	if len(c.report.Examples) < examplesMax {
		c.report.example(fmt.Sprintf("%s:%d:%d ", r.Topic, r.Partition, r.Offset) + fmt.Sprintf(format, args...))
	}
}
