package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// Bounds of a transaction.
const (
	enterMax = 500    // letters that enter, where Order.PerSecond does not say fewer
	readMax  = 10_000 // letters that are read
	openMax  = 200 * time.Millisecond
)

// run is a visit that writes.
type run struct {
	visit
	out        transport.Transport
	ends       *eos.Ends
	sinks      int   // of the pipeline; behind them are those of the dead letters and of the marks
	partitions int32 // of the dead letters' topic
	enterMax   int   // letters that enter in one transaction
	letters    deadletter.Letters
	report     *Report // of what is committed

	session uint64
	stale   bool // the marks must be read again
	marked  *marks
	refused map[stage.Origin]error // letters of which the broker refuses something
	open    []seen                 // letters since the last commit
	entered int                    // of them, those that entered
	written map[string]int
	polled  int
	outage  error
	began   time.Time // of the transaction
	next    time.Time // when the next letter may enter
}

// seen is a letter of the open transaction.
type seen struct {
	letter deadletter.Letter // without its event's bytes
	fate   Fate
	why    string
}

func (r *run) close() {
	r.out.Close()
	r.ends.Close()
	r.origins.close()
}

func (o Order) enterMax() int {
	if o.PerSecond > 0 {
		return min(o.PerSecond, enterMax)
	}
	return enterMax
}

// run works until the end.
func (r *run) run(ctx context.Context) error {
	for ctx.Err() == nil {
		round, err := r.out.Poll(ctx)
		if err != nil {
			return err
		}
		r.note(round.Outage)
		if err := r.refresh(ctx, round.Session); err != nil {
			return err
		}
		for _, b := range round.Batches {
			if err := r.work(ctx, b); err != nil {
				return err
			}
		}
		if r.full() || r.due(len(round.Batches) == 0) {
			if err := r.commit(ctx); err != nil {
				return err
			}
			r.pause(ctx)
		}
		if round.Ended && r.polled == 0 || r.full() {
			return nil
		}
	}
	return r.commit(context.WithoutCancel(ctx))
}

// note tells once when nothing can be read or written, and once when that is over.
func (r *run) note(outage error) {
	switch {
	case outage != nil && r.outage == nil:
		r.desk.log.Warn("outage: nothing can be read or written now; waiting", "err", outage)
	case outage == nil && r.outage != nil:
		r.desk.log.Info("outage is over")
	}
	r.outage = outage
}

// refresh reads the marks where another replay may have committed some since they were read.
func (r *run) refresh(ctx context.Context, session uint64) (err error) {
	if session == 0 || session == r.session && !r.stale {
		return nil
	}
	r.marked, err = load(ctx, r.desk.options, r.desk.client, r.desk.pipeline)
	r.session, r.stale = session, false
	return err
}

// full tells whether as many letters have entered as were asked for.
func (r *run) full() bool {
	return r.order.LettersMax > 0 && r.report.entered()+r.entered >= r.order.LettersMax
}

// work handles the letters of one batch.
func (r *run) work(ctx context.Context, b transport.Batch) error {
	if r.polled == 0 {
		r.began = time.Now()
	}
	r.polled += b.Len()
	return b.Records(func(_ int, m *stage.Meta, value []byte) error {
		l, ok := deadletter.Read(m, value)
		if !ok || l.Pipeline != r.desk.pipeline.Name || !r.order.Takes(&l) || r.full() {
			return nil
		}
		r.letter(ctx, &l)
		return nil
	})
}

// letter does with one letter what is to be done.
func (r *run) letter(ctx context.Context, l *deadletter.Letter) {
	now := time.Now()
	fate, why := Replayed, ""
	if refusal := r.refused[l.Place]; refusal != nil {
		fate, why = Left, "the broker refuses what becomes of it: "+refusal.Error()
	} else if !r.marked.has(l.Place) {
		fate, why = r.judge(ctx, l, now)
	}
	if fate == Passed || fate == Failed {
		r.write(l, now)
		r.way.count(r.written)
		r.entered++
	}
	kept := seen{*l, fate, why}
	kept.letter.Event = stage.Meta{Time: l.Event.Time, Origin: l.Event.Origin}
	kept.letter.Value = nil
	r.open = append(r.open, kept)
}

// write writes what becomes of the letter at hand, and its mark. To the transport all of it is from the letter itself.
func (r *run) write(l *deadletter.Letter, now time.Time) {
	for sink, picks := range r.way.picks {
		for i := range picks {
			m := r.event
			m.Origin = l.Place
			if picks[i].Rekey {
				m.Key = picks[i].Key
			}
			r.out.Add(r.way.firstSink+sink, picks[i].Partition, &m, r.value)
		}
	}
	for i := range r.way.rejected {
		rejected := &r.way.rejected[i]
		m, letters, operator := r.event, r.letters, r.way.sub.Operators[rejected.Node]
		if rejected.Rekey {
			m.Key = rejected.Key
		}
		letters.Attempt = 1 // an operator further on has not seen the event before
		if operator.Name == l.Operator {
			letters.Attempt = l.Attempt + 1
		}
		again := letters.Of(&m, operator, rejected.Err)
		again.Origin = l.Place
		r.out.Add(r.sinks, m.Origin.Partition%r.partitions, &again, r.value)
	}
	meta, value := r.marked.record(l, now)
	r.out.Add(r.sinks+1, 0, meta, value)
}

// due tells whether to commit; silent is whether the last poll gave nothing.
func (r *run) due(silent bool) bool {
	return r.polled > 0 && (silent || r.entered >= r.enterMax || r.polled >= readMax || time.Since(r.began) >= openMax)
}

// commit ends the transaction. Only then do its letters count.
func (r *run) commit(ctx context.Context) error {
	committed, err := r.out.Commit(ctx)
	if committed {
		r.settle()
	} else {
		r.stale = true
	}
	r.open, r.entered, r.polled = r.open[:0], 0, 0
	clear(r.written)
	var refused *transport.Refused
	if !errors.As(err, &refused) {
		return err
	}
	for _, one := range refused.Records {
		if one.Sink > r.sinks {
			return fmt.Errorf("write to %s: the broker refuses the mark of %s: %w", Marks(r.desk.pipeline), one.Origin, one.Err)
		}
		r.refused[one.Origin] = one.Err
	}
	return nil
}

// settle takes the letters of a committed transaction into account.
func (r *run) settle() {
	for i := range r.open {
		s := &r.open[i]
		if s.fate == Passed || s.fate == Failed {
			r.marked.add(s.letter.Place)
		}
		r.report.Groups.Add(&s.letter, s.fate, s.why)
	}
	for stream, n := range r.written {
		r.report.Written[stream] += n
	}
	if r.order.PerSecond > 0 {
		r.next = r.next.Add(time.Duration(r.entered) * time.Second / time.Duration(r.order.PerSecond))
	}
}

// pause waits until as many letters may enter again as have entered.
func (r *run) pause(ctx context.Context) {
	now := time.Now()
	if r.next.Before(now) {
		r.next = now
		return
	}
	timer := time.NewTimer(r.next.Sub(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
