package runtime

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/ordering"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
)

// decision is a record of the control topic: an ordered merger no longer waits for one partition of an input below a bound. Its
// key says all but the bound, so that compaction leaves the greatest.
type decision struct {
	Operator  string    `json:"operator"`
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`          // what comes from here on is late if it is below the bound
	Number    int64     `json:"number"`          // of the bound
	Text      string    `json:"text,omitempty"`  // of the bound
	After     uint64    `json:"after,omitempty"` // of the bound
	At        time.Time `json:"at"`              // when it was decided, for people
}

const decisionPrefix = "merger "

func (d *decision) key() []byte {
	return fmt.Appendf(nil, decisionPrefix+"%s %s[%d]@%d", d.Operator, d.Topic, d.Partition, d.Offset)
}

// decide writes decisions of a task into the transaction that they are part of.
func (t *task) decide(made []ordering.Decision, at time.Time) error {
	for _, m := range made {
		d := decision{
			Operator: t.piece.sub.Operators[t.ordered.spec.Node].Name, Topic: m.Topic, Partition: m.Partition, Offset: m.Offset,
			Number: m.Bound.N, Text: m.Bound.S, After: m.Bound.After, At: at.UTC(),
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
	return ordering.Decision{Topic: d.Topic, Partition: d.Partition, Offset: d.Offset, Bound: merger.Rank{N: d.Number, S: d.Text, After: d.After}}
}

// repeatable are the decisions of an earlier run by operator, partition and topic, in the order of their offsets.
type repeatable map[string]map[int32]map[string][]ordering.Decision

// of gives those of one task; never nil, since a run that repeats another one makes none of its own.
func (r repeatable) of(operator string, number int32) map[string][]ordering.Decision {
	if found := r[operator][number]; found != nil {
		return found
	}
	return map[string][]ordering.Decision{}
}

// readDecisions reads the control topic of the run that is to be repeated.
func (c *cluster) readDecisions(ctx context.Context, topic string) (repeatable, error) {
	admin := kadm.NewClient(c.client)
	ends, err := records.Settled(ctx, admin, topic)
	if err != nil {
		return nil, fmt.Errorf("%w: --decisions: %w", ErrOptions, err)
	}
	starts, err := records.Offsets(ctx, admin.ListStartOffsets, topic)
	if err != nil {
		return nil, fmt.Errorf("%w: --decisions: %w", ErrOptions, err)
	}
	ranges := map[int32][2]int64{}
	for partition, end := range ends {
		ranges[partition] = [2]int64{starts[partition], end}
	}
	found, n := repeatable{}, 0
	err = records.Range(ctx, c.options, topic, ranges, func(r *kgo.Record) error {
		var d decision
		if !bytes.HasPrefix(r.Key, []byte(decisionPrefix)) || json.Unmarshal(r.Value, &d) != nil {
			return nil // the topic holds other things, too
		}
		n++
		found.add(&d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the decisions in topic %s: %w", topic, err)
	}
	c.log.Info("the decisions of another run are repeated", "topic", topic, "decisions", n)
	return found, nil
}

func (r repeatable) add(d *decision) {
	if r[d.Operator] == nil {
		r[d.Operator] = map[int32]map[string][]ordering.Decision{}
	}
	if r[d.Operator][d.Partition] == nil {
		r[d.Operator][d.Partition] = map[string][]ordering.Decision{}
	}
	lane := r[d.Operator][d.Partition]
	lane[d.Topic] = append(lane[d.Topic], d.read())
	slices.SortStableFunc(lane[d.Topic], func(a, b ordering.Decision) int { return cmp.Compare(a.Offset, b.Offset) })
}
