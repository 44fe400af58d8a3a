package runtime

import (
	"context"
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/runtime/ordering"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

// carryInOrder is carry for a sub-topology that begins with an ordered merger: what was polled is held, and what may go out
// goes out.
func (l *loop) carryInOrder(ctx context.Context, batches []transport.Batch) error {
	for _, b := range batches {
		if err := l.task(b.Partition()).take(b); err != nil {
			return err
		}
		l.health.beat()
	}
	for _, t := range l.tasks {
		records, moved, err := t.drain(ctx)
		if err != nil {
			return err
		}
		if moved {
			l.opened()
			l.open += uint64(records)
			l.health.beat()
		}
	}
	l.noteStalls()
	return nil
}

// drain lets out what may go out, and finds out whether what holds the rest back must be waited for. It tells how many records
// went out, and whether there is anything to commit.
func (t *task) drain(ctx context.Context) (records int, moved bool, err error) {
	if t.ordered == nil || t.ordered.merge == nil {
		return 0, false, nil
	}
	merge := t.ordered.merge
	for {
		n, err := merge.Drain(t.goOut)
		records += n
		for i := range t.ordered.unseen {
			t.countUnseen(&t.ordered.unseen[i])
		}
		if err != nil {
			return records, true, err
		}
		now := time.Now()
		again := merge.Wait(ctx, now)
		made := merge.Decided()
		moved = moved || len(made) > 0
		if err := t.decide(made, now); err != nil {
			return records, true, err
		}
		if !again {
			return records, moved || records > 0 || merge.Moved(), nil
		}
	}
}

// stand tells the transport how far each input of each ordered merger is done.
func (l *loop) stand() {
	for _, t := range l.tasks {
		if t.ordered != nil && t.ordered.merge != nil {
			t.ordered.merge.Stand()
		}
	}
}

// noteRewind drops what is held once the transport reads it again.
func (l *loop) noteRewind(round transport.Round) {
	if round.Rewound == l.rewound {
		return
	}
	l.rewound = round.Rewound
	for _, t := range l.tasks {
		t.drop()
	}
}

// stallAfter is for how long an input must hold others back to be logged.
const stallAfter = 10 * time.Second

// noteStalls shows which inputs hold others back, and logs each of them once, and once when it is over.
func (l *loop) noteStalls() {
	var stalls []ordering.Stall
	for _, t := range l.tasks {
		if t.ordered == nil || t.ordered.merge == nil {
			continue
		}
		if s, stalled := t.ordered.merge.Stalled(); stalled {
			stalls = append(stalls, s)
		}
	}
	operator := l.piece.sub.Operators[l.piece.sub.Ordering.Node].Name
	l.health.stalled(operator, stalls)
	held := map[string]bool{}
	for _, s := range stalls {
		lane := fmt.Sprintf("%s[%d]", s.Topic, s.Partition)
		held[lane] = true
		if _, told := l.told[lane]; told || time.Since(s.Since) < stallAfter {
			continue
		}
		if l.told == nil {
			l.told = map[string]time.Time{}
		}
		l.told[lane] = s.Since
		l.log.Warn("an input holds the others back", "operator", operator, "input", lane, "since", s.Since.UTC().Format(time.RFC3339), "reason", s.Reason)
	}
	for lane, since := range l.told {
		if !held[lane] {
			delete(l.told, lane)
			l.log.Info("an input no longer holds the others back", "operator", operator, "input", lane, "took", time.Since(since).Round(time.Millisecond))
		}
	}
}
