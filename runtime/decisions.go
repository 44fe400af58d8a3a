package runtime

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/runtime/ordering"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
)

// decision is a record of the control topic: an ordered merger no longer waits for one partition of an input below a bound. Its
// key says all but the bound, so that compaction leaves the greatest.
type decision struct {
	Operator  string    `json:"operator"`
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`         // what comes from here on is late if it is below the bound
	Number    int64     `json:"number"`         // of the bound
	Text      []byte    `json:"text,omitempty"` // of the bound
	At        time.Time `json:"at"`             // when it was decided, for people
}

func (d *decision) key() []byte {
	return fmt.Appendf(nil, "merger %s %s[%d]@%d", d.Operator, d.Topic, d.Partition, d.Offset)
}

// decide writes decisions of a task into the transaction that they are part of.
func (t *task) decide(made []ordering.Decision, at time.Time) error {
	for _, m := range made {
		d := decision{
			Operator: t.piece.sub.Operators[t.ordered.spec.Node].Name, Topic: m.Topic, Partition: m.Partition, Offset: m.Offset,
			Number: m.Bound.N, Text: []byte(m.Bound.S), At: at.UTC(),
		}
		value, err := json.Marshal(&d)
		if err != nil {
			return fmt.Errorf("write a decision of %s: %w", d.Operator, err)
		}
		origin := stage.Origin{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset}
		t.piece.out.Add(t.piece.control, 0, &stage.Meta{Key: d.key(), Time: at, Origin: origin}, value)
	}
	return nil
}

// read makes ordering's form of a decision.
func (d *decision) read() ordering.Decision {
	return ordering.Decision{Topic: d.Topic, Partition: d.Partition, Offset: d.Offset, Bound: merger.Rank{N: d.Number, S: string(d.Text)}}
}
