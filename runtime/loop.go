package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// loop runs one sub-topology: poll, route, write, commit. One goroutine runs it; only its ledger and its health are seen
// by others.
type loop struct {
	piece     piece
	tasks     map[int32]*task
	ledger    *ledger
	health    *health
	pace      pace
	tolerance float64
	log       *slog.Logger

	open     uint64    // records since the last commit or abort
	pending  bool      // whether anything was polled since then
	began    time.Time // when that was
	last     time.Time // when the last commit or abort ended
	failures failures

	rewound uint64               // as the transport said last
	told    map[string]time.Time // by topic and partition: since when it holds others back, as it was logged

	scratch   []byte // a note
	unaudited bool   // it was told that the counts do not fit beside a position
}

// pace says when a transaction is committed.
type pace struct {
	every   time.Duration // the longest that a transaction takes in records
	records uint64        // the most that it takes in
}

// Transactions are long enough to be cheap and short enough to be prompt. Those which only move positions must not follow
// each other too closely, or the broker silently gives some of them up: half of every lies in between at least.
var defaultPace = pace{every: 100 * time.Millisecond, records: 100_000}

// run works until ctx ends, the input ends, or an error.
func (l *loop) run(ctx context.Context) error {
	for ctx.Err() == nil {
		round, err := l.poll(ctx)
		l.health.beat()
		if ctx.Err() != nil && len(round.Batches) == 0 {
			break // but what has been polled is part of the transaction, and goes through it
		}
		if err != nil {
			return err
		}
		l.noteTasks(round)
		l.noteRewind(round)
		l.noteOutage(round.Outage)
		if err := l.carry(ctx, round.Batches); err != nil {
			return err
		}
		if l.due(len(round.Batches) == 0 || round.Ended) {
			if err := l.commit(ctx); err != nil {
				return err
			}
		}
		if round.Ended && !l.pending {
			return l.tolerable(true)
		}
	}
	return l.finish(ctx)
}

// carry takes batches through their tasks, as a part of the open transaction.
func (l *loop) carry(ctx context.Context, batches []transport.Batch) error {
	if l.piece.sub.Ordering != nil {
		return l.carryInOrder(ctx, batches)
	}
	for _, b := range batches {
		if err := l.task(b.Partition()).work(b); err != nil {
			return err
		}
		l.open += uint64(b.Len())
		l.health.beat()
	}
	if len(batches) > 0 {
		l.opened()
	}
	return nil
}

// opened notes that something waits to be committed.
func (l *loop) opened() {
	if !l.pending {
		l.pending, l.began = true, time.Now()
	}
}

// poll waits for records: as long as it takes where nothing waits to be committed, else until it is time for that or
// the stream has fallen silent.
func (l *loop) poll(ctx context.Context) (transport.Round, error) {
	if !l.pending {
		return l.piece.out.Poll(ctx)
	}
	until := l.began.Add(l.pace.every)
	if silent := latest(time.Now().Add(l.pace.every/5), l.last.Add(l.pace.every/2)); silent.Before(until) {
		until = silent
	}
	waiting, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	round, err := l.piece.out.Poll(waiting)
	if err != nil && waiting.Err() != nil && errors.Is(err, waiting.Err()) {
		return round, nil
	}
	return round, err
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// due tells whether to commit now; silent is whether the last poll gave nothing.
func (l *loop) due(silent bool) bool {
	if !l.pending {
		return false
	}
	now := time.Now()
	return l.open >= l.pace.records || now.Sub(l.began) >= l.pace.every || silent && now.Sub(l.last) >= l.pace.every/2
}

// task gives the task of a partition number. Tasks are kept when their partitions go elsewhere: they may come back.
func (l *loop) task(number int32) *task {
	t := l.tasks[number]
	if t == nil {
		t = newTask(&l.piece, number)
		l.tasks[number] = t
	}
	return t
}

// commit ends the transaction. What was counted in it becomes part of the balance only where it was committed.
func (l *loop) commit(ctx context.Context) error {
	l.takeNotes()
	l.stand()
	start := time.Now()
	committed, err := l.piece.out.Commit(ctx)
	l.last = time.Now()
	l.health.beat()
	l.settle(committed, l.last.Sub(start))
	var refused *transport.Refused
	switch {
	case errors.As(err, &refused):
		return l.refuse(refused)
	case err != nil:
		return err
	case !committed:
		l.ledger.aborted(reasonUncommitted)
		l.log.Debug("transaction was not committed", "in_a_row", l.failures.aborts)
		l.failures.abort(ctx, l)
		return nil
	}
	l.failures.over(l)
	return l.tolerable(false)
}

// settle moves the counts of all tasks into the balance, or drops them.
func (l *loop) settle(committed bool, took time.Duration) {
	if committed {
		l.ledger.commit(l.tasks, took)
		if l.last.Sub(l.ledger.gathered) >= spreadEvery {
			l.ledger.spread(l.tasks)
		}
	}
	for _, t := range l.tasks {
		t.settle(committed)
	}
	l.piece.quarantine.end(committed)
	l.open, l.pending = 0, false
}

// refuse remembers the records that the broker refuses, so that they become dead letters when they are read again.
func (l *loop) refuse(refused *transport.Refused) error {
	l.ledger.aborted(reasonRefused)
	first := refused.Records[0]
	if l.piece.dead == nil {
		return fmt.Errorf("%w: %w; nothing is lost: name a topic in `on_error: {dead_letter: …}` to go on without such events", ErrRejected, refused)
	}
	if again := l.piece.quarantine.add(refused); again != nil {
		return fmt.Errorf("write to %s: the broker refuses even the dead letter of %s: %w", l.topic(again.Sink), again.Origin, again.Err)
	}
	l.log.Warn("the broker refuses records for what they are; they become dead letters",
		"records", len(refused.Records), "topic", l.topic(first.Sink), "first", first.Origin.String(), "err", first.Err)
	return nil
}

// topic is the topic of one of the transport's sinks.
func (l *loop) topic(sink int) string {
	if sink < len(l.piece.sub.Sinks) {
		return l.piece.sub.Sinks[sink].Topic()
	}
	return "the dead letters"
}

// toleranceRecords is how many records a run must have taken in before its share of dead letters says anything.
const toleranceRecords = 1000

// tolerable gives ErrTolerance where too large a share of the committed input became dead letters: looked at after each
// commit once there were toleranceRecords, and at the end of the input in any case.
func (l *loop) tolerable(atEnd bool) error {
	records, letters := l.ledger.share()
	if l.tolerance < 0 || l.piece.dead == nil || letters == 0 || !atEnd && records < toleranceRecords {
		return nil
	}
	if float64(letters) <= l.tolerance*float64(records) {
		return nil
	}
	return fmt.Errorf("%w: %d of %d events of %s are dead letters, %.3g%%; at most %.3g%% are tolerated",
		ErrTolerance, letters, records, l.piece.sub.Name, 100*float64(letters)/float64(records), 100*l.tolerance)
}

// finish commits what is open, since ctx has ended: the worker is asked to leave.
func (l *loop) finish(ctx context.Context) error {
	if !l.pending {
		return nil
	}
	if err := l.commit(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, ErrTolerance) {
		l.log.Warn("the last transaction was not committed; its records will be read again", "err", err)
	}
	return nil
}

// noteTasks tells which partition numbers came and went.
func (l *loop) noteTasks(round transport.Round) {
	if len(round.Assigned) == 0 && len(round.Revoked) == 0 {
		return
	}
	l.piece.quarantine.drop(round.Revoked)
	for _, number := range round.Revoked {
		if t := l.tasks[number]; t != nil {
			t.drop()
		}
	}
	tasks := l.health.assign(round.Assigned, round.Revoked)
	l.log.Info("tasks changed", "assigned", round.Assigned, "revoked", round.Revoked, "tasks", tasks)
}
