package history

import (
	"fmt"
	"strings"
)

// examplesMax is how many faults a Report describes; the others are only counted.
const examplesMax = 12

// Report is what a Check found in one output topic.
type Report struct {
	Topic   string
	Records int // read
	Wanted  int // events that must be there

	Lost          int // never came
	Duplicated    int // came again
	Reordered     int // came after a later one of its lane
	Changed       int // other bytes than went in
	Misplaced     int // on the wrong partition
	Misattributed int // dead letters with a wrong or no origin
	Unexpected    int // input events that do not belong here
	Foreign       int // records that are no input event

	Examples []string
}

// Err is nil where the topic holds exactly what it must.
func (r *Report) Err() error {
	if r.Lost+r.Duplicated+r.Reordered+r.Changed+r.Misplaced+r.Misattributed+r.Unexpected+r.Foreign == 0 {
		return nil
	}
	return fmt.Errorf("%s\n\t%s", r, strings.Join(r.Examples, "\n\t"))
}

func (r *Report) String() string {
	return fmt.Sprintf("%s: %d wanted, %d read: %d lost, %d duplicated, %d reordered, %d changed, %d misplaced, %d misattributed, %d unexpected, %d foreign",
		r.Topic, r.Wanted, r.Records, r.Lost, r.Duplicated, r.Reordered, r.Changed, r.Misplaced, r.Misattributed, r.Unexpected, r.Foreign)
}

func (r *Report) example(text string) {
	if len(r.Examples) < examplesMax {
		r.Examples = append(r.Examples, text)
	}
}
