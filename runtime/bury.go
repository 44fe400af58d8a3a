package runtime

import (
	"errors"
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// dead is where the rejected events of a sub-topology go.
type dead struct {
	sink       int // the number of the dead-letter topic among the transport's sinks
	partitions int32
	letters    deadletter.Letters
}

// errFound ends the second reading of a batch.
var errFound = errors.New("found all")

// bury writes the events of the batch at work that were rejected as dead letters; where the pipeline has none, it
// gives the first of them as an error. It reads the batch again, which a batch without rejections is spared.
func (t *task) bury(b transport.Batch) error {
	rejected := t.runner.Rejected
	err := b.Records(func(i int, m *stage.Meta, value []byte) error {
		for len(rejected) > 0 && rejected[0].Index == int32(i) {
			r := &rejected[0]
			rejected = rejected[1:]
			operator := t.piece.sub.Operators[r.Node]
			if t.piece.dead == nil {
				return &Rejection{operator, m.Origin, r.Err}
			}
			event := *m
			if r.Rekey {
				event.Key = r.Key
			}
			t.letter(&event, value, operator, r.Err)
		}
		if len(rejected) == 0 {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return nil
	}
	return err
}

// letter writes one dead letter, to the partition of the dead-letter topic that its source partition falls on; or
// a pointer to the event where the broker refused the letter before.
func (t *task) letter(event *stage.Meta, value []byte, operator *topology.Operator, reason error) {
	d := t.piece.dead
	partition := event.Origin.Partition % d.partitions
	if why := t.piece.quarantine.take(d.sink, event.Origin); why != nil {
		pointer := d.letters.Pointer(event, operator, reason, why)
		t.piece.out.Add(d.sink, partition, &pointer, nil)
		return
	}
	letter := d.letters.Of(event, operator, reason)
	t.piece.out.Add(d.sink, partition, &letter, value)
}

// Rejection is ErrRejected, and says which event was rejected, by whom and why.
type Rejection struct {
	Operator *topology.Operator
	Origin   stage.Origin
	Reason   error
}

func (r *Rejection) Error() string {
	by := fmt.Sprintf("operator %q", r.Operator.Name)
	if e := deadletter.ExpressionOf(r.Operator, r.Reason); e != "" && !strings.Contains(r.Reason.Error(), e) {
		by += " in " + e
	}
	return fmt.Sprintf("%v: %s was rejected by %s: %v; nothing is lost: name a topic in `on_error: {dead_letter: …}` to go on without such events",
		ErrRejected, r.Origin, by, r.Reason)
}

// Unwrap gives ErrRejected and the reason.
func (r *Rejection) Unwrap() []error { return []error{ErrRejected, r.Reason} }
