package ordering_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/runtime/ordering"
	"github.com/anabranch-go/anabranch/stage/merger"
)

// reference says what must go out, given the decisions: the records of all topics, sorted by where their lane stood.
func reference(names []string, topics map[string][]said, decisions []ordering.Decision) (sorted []gone) {
	type placed struct {
		gone
		lane int
		at   merger.Rank
	}
	var all []placed
	for lane, topic := range names {
		latest, bound := merger.Beginning.Latest, merger.Beginning.Bound
		for offset, s := range topics[topic] {
			for _, d := range decisions {
				if d.Topic == topic && d.Offset <= int64(offset) {
					bound = greater(bound, d.Bound)
				}
			}
			verdict := s.Verdict
			switch verdict {
			case ordering.InPlace, ordering.Heartbeat:
				latest = greater(latest, merger.Rank{N: s.Rank})
				if verdict == ordering.InPlace && latest.Less(bound) {
					verdict = ordering.Late
				}
			}
			if !s.Marker {
				all = append(all, placed{gone{topic, int64(offset), verdict}, lane, greater(latest, bound)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(compare(a.at, b.at), cmp.Compare(a.lane, b.lane), cmp.Compare(a.Offset, b.Offset))
	})
	for _, p := range all {
		sorted = append(sorted, p.gone)
	}
	return sorted
}

func compare(a, b merger.Rank) int {
	return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.S, b.S), cmp.Compare(a.After, b.After))
}

func greater(a, b merger.Rank) merger.Rank { return slices.MaxFunc([]merger.Rank{a, b}, compare) }

// worker drives a Merge over a river, as a runtime does.
type worker struct {
	*river
	merge     *ordering.Merge
	config    ordering.Config
	clock     time.Time
	open, out []gone
	made      []ordering.Decision // in the open transaction
	decisions []ordering.Decision // committed
}

func newWorker(names []string, topics map[string][]said, c ordering.Config) *worker {
	c.Topics, c.Judge = names, judge
	w := &worker{river: newRiver(names, topics), config: c, clock: time.Unix(0, 0)}
	w.merge = ordering.New(w.river, c)
	return w
}

func (w *worker) drain(t *rapid.T) {
	if _, err := w.merge.Drain(func(r *ordering.Run) error {
		b := r.Batch.(*batch)
		for i := r.From; i < r.To; i++ {
			w.open = append(w.open, gone{b.log.topic, b.offsets[i], r.Verdicts[i]})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func (w *worker) wait() bool {
	w.clock = w.clock.Add(time.Second)
	again := w.merge.Wait(context.Background(), w.clock)
	w.made = append(w.made, w.merge.Decided()...)
	return again
}

func (w *worker) take(t *rapid.T, topic string, n int64) bool {
	b := w.poll(topic, n)
	if b == nil {
		return false
	}
	if err := w.merge.Take(b); err != nil {
		t.Fatal(err)
	}
	return true
}

// end ends a transaction: it is committed, or nothing of it was; with a crash, the process is another one.
func (w *worker) end(committed, crash bool) {
	w.made = append(w.made, w.merge.Decided()...)
	w.merge.Stand()
	if committed {
		w.commit()
		w.out = append(w.out, w.open...)
		w.decisions = append(w.decisions, w.made...)
	}
	w.open, w.made = nil, nil
	w.merge.Settle(committed)
	switch {
	case crash:
		w.merge = ordering.New(w.river, w.config)
		w.rewind()
	case !committed:
		w.rewind()
	}
}

// step does one thing that may happen.
func (w *worker) step(t *rapid.T) {
	topic := w.logs[rapid.SampledFrom(w.names).Draw(t, "topic")]
	switch rapid.IntRange(0, 11).Draw(t, "step") {
	case 0:
		topic.written = min(topic.written+rapid.Int64Range(1, 3).Draw(t, "written"), int64(len(topic.said)))
	case 1:
		topic.written = min(topic.written+rapid.Int64Range(1, 3).Draw(t, "written"), int64(len(topic.said)))
		topic.stable = topic.written
	case 2, 3, 4:
		w.take(t, topic.topic, rapid.Int64Range(1, 4).Draw(t, "batch"))
	case 5:
		w.drain(t)
	case 6, 7, 8:
		for w.drain(t); w.wait(); {
			w.drain(t)
		}
	case 9:
		w.end(true, false)
	case 10:
		w.end(false, false)
	case 11:
		w.end(rapid.Bool().Draw(t, "committed"), true)
	}
}

// finish writes all that is left and reads on until everything has gone out.
func (w *worker) finish(t *rapid.T) {
	w.ended = true
	for _, l := range w.logs {
		l.written, l.stable = int64(len(l.said)), int64(len(l.said))
	}
	for again, rounds := true, 0; again; rounds++ {
		if rounds > 1000 {
			t.Fatalf("no end: %+v", w.out)
		}
		again = false
		for _, topic := range w.names {
			again = w.take(t, topic, 3) || again
		}
		w.drain(t)
		again = w.wait() || again
		for _, l := range w.logs {
			again = again || l.polled < int64(len(l.said))
		}
	}
	w.end(true, false)
}

func drawTopics(t *rapid.T) (names []string, topics map[string][]said) {
	names, topics = []string{"web", "mobile", "partner"}[:rapid.IntRange(1, 3).Draw(t, "inputs")], map[string][]said{}
	say := rapid.Custom(func(t *rapid.T) said {
		return said{
			Rank: rapid.Int64Range(0, 8).Draw(t, "rank"), Marker: rapid.IntRange(0, 5).Draw(t, "marker") == 0,
			Verdict: rapid.SampledFrom([]ordering.Verdict{0, 0, 0, 0, 0, ordering.Ahead, ordering.Heartbeat, ordering.Failed}).Draw(t, "verdict"),
		}
	})
	for _, name := range names {
		topics[name] = rapid.SliceOfN(say, 0, 14).Draw(t, name)
		for i := range topics[name] {
			if topics[name][i].Marker {
				topics[name][i].Verdict = ordering.Ahead // no part of the order
			}
		}
	}
	return names, topics
}

// Whatever the interleaving, the cuts of batches, the pauses of inputs, the aborts and the crashes: what is committed is what the
// decisions that were committed say, and a replay that repeats these gives the same.
func TestOutputIsWhatTheDecisionsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names, topics := drawTopics(t)
		idle := time.Duration(rapid.IntRange(0, 2).Draw(t, "idle")) * time.Second
		w := newWorker(names, topics, ordering.Config{IdleAfter: idle, BytesMax: weight * rapid.Int64Range(0, 3).Draw(t, "records")})
		for range rapid.IntRange(0, 150).Draw(t, "steps") {
			w.step(t)
		}
		w.finish(t)
		want := reference(names, topics, w.decisions)
		if diff := gocmp.Diff(want, w.out); diff != "" {
			t.Fatalf("went out (-want +got), decisions %+v:\n%s", w.decisions, diff)
		}
		recorded := map[string][]ordering.Decision{"": nil}
		for _, d := range w.decisions {
			recorded[d.Topic] = append(recorded[d.Topic], d)
		}
		again := newWorker(names, topics, ordering.Config{IdleAfter: idle, Recorded: recorded, BytesMax: 2 * weight})
		for range rapid.IntRange(0, 60).Draw(t, "steps again") {
			again.step(t)
		}
		again.finish(t)
		if diff := gocmp.Diff(want, reference(names, topics, again.decisions)); diff != "" {
			t.Fatalf("a replay of the replay would give (-want +got):\n%s", diff)
		}
		if diff := gocmp.Diff(want, again.out); diff != "" {
			t.Fatalf("the replay gave (-want +got), decisions %+v, then %+v:\n%s", w.decisions, again.decisions, diff)
		}
	})
}
