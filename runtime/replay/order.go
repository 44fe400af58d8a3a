package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
)

// AttemptsMax is how often a letter may have failed at one operator to be replayed again, where an Order does not say.
const AttemptsMax = 5

// Order says what to replay.
type Order struct {
	Filter
	LettersMax  int // how many letters enter at most; 0: no limit
	AttemptsMax int // letters that failed so often are left alone; 0: AttemptsMax
	PerSecond   int // letters that enter in a second at most; 0: no limit
}

func (o Order) attemptsMax() int {
	if o.AttemptsMax > 0 {
		return o.AttemptsMax
	}
	return AttemptsMax
}

// Report is what a replay did, or would do.
type Report struct {
	Groups  Groups
	Written map[string]int // records by stream
}

// entered is how many letters were carried.
func (r *Report) entered() int {
	all := r.Groups.Total()
	return all.Passed + all.Failed
}

// DryRun tells what Replay would do now. It writes nothing, and commits no position. The pipeline's topics must exist.
func (d *Desk) DryRun(ctx context.Context, o Order) (*Report, error) {
	layout, err := topics.Ensure(ctx, d.client, d.pipeline, false)
	if err != nil {
		return nil, err
	}
	report := &Report{Written: map[string]int{}}
	v := &visit{desk: d, order: o, walk: newWalk(d.pipeline, layout), origins: &origins{options: d.options}}
	defer v.origins.close()
	err = d.Each(ctx, o.Filter, func(l *deadletter.Letter, replayed bool) bool {
		fate, why := Replayed, ""
		if !replayed {
			fate, why = v.judge(ctx, l, time.Now())
		}
		report.Groups.Add(l, fate, why)
		if fate == Passed || fate == Failed {
			v.way.count(report.Written)
		}
		return o.LettersMax == 0 || report.entered() < o.LettersMax
	})
	return report, err
}

// visit is one look at letters, by DryRun or Replay.
type visit struct {
	desk    *Desk
	order   Order
	walk    *walk
	origins *origins

	event stage.Meta // of the letter at hand, as it enters
	value []byte
	way   way
}

// judge finds what becomes of a letter that was not replayed yet. Where it enters, event, value and way say the rest.
func (v *visit) judge(ctx context.Context, l *deadletter.Letter, now time.Time) (fate Fate, why string) {
	if most := v.order.attemptsMax(); l.Attempt >= most {
		return Left, fmt.Sprintf("it has failed %d times; at most %d attempts are made", l.Attempt, most)
	}
	v.event, v.value = l.Again(now), l.Value
	if l.Pointer != "" {
		if err := v.fetch(ctx, l); err != nil {
			return Left, err.Error()
		}
	}
	var err error
	if v.way, err = v.walk.carry(l, &v.event, v.value); err != nil {
		return Left, err.Error()
	}
	if len(v.way.rejected) > 0 {
		return Failed, ""
	}
	return Passed, ""
}

// count adds the records that leave by this way to written, by stream.
func (w *way) count(written map[string]int) {
	for sink, picks := range w.picks {
		if len(picks) > 0 {
			written[w.sub.Sinks[sink].Name] += len(picks)
		}
	}
}
