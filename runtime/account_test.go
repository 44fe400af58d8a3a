package runtime

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/runtime/tally"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// Two workers take turns at the same partitions, some transactions fail, and some records are refused: what stands beside
// each position is what has become of the records before it, each counted once.
func TestAccountsAreWhatWasMeant(t *testing.T) {
	kinds := []string{"a", "b", "drop", "bad", "panic", "dead", "big"}
	rapid.Check(t, func(rt *rapid.T) {
		all := map[int32][]record{}
		for p := range int32(rapid.IntRange(1, 3).Draw(rt, "partitions")) {
			all[p] = keyed(rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 30).Draw(rt, "keys")...)
		}
		m := newMemory(all)
		m.round = rapid.IntRange(1, 7).Draw(rt, "round")
		fails := rapid.SliceOfN(rapid.Bool(), 0, 20).Draw(rt, "fails")
		refuse := refusing(map[string][]int{"big": {byUser, letter}})
		m.decide = func(n int, open map[int][]written) (bool, error) {
			if n < len(fails) && fails[n] {
				return false, nil
			}
			return refuse(n, open)
		}
		p := signup()
		p.OnError.Retry.Max = 1 // nanosecond
		workers := []*Worker{over(t, p, m), over(t, p, m)}
		for more := true; more; {
			more = false
			m.inputs = map[int32][]record{}
			for p, records := range all {
				upTo := min(len(records), m.committed[p]+rapid.IntRange(0, 9).Draw(rt, "more")+1)
				m.inputs[p] = records[:upTo]
				more = more || upTo < len(records)
			}
			if err := rapid.SampledFrom(workers).Draw(rt, "worker").runAll(t.Context(), even); err != nil {
				rt.Fatal(err)
			}
		}
		for p, records := range all {
			checkSheet(rt, tally.Of(workers[0].pipeline.Subs[0]), m, p, records)
		}
	})
}

// checkSheet compares what stands beside the position of a partition with what the keys of its records say.
func checkSheet(t *rapid.T, shape *tally.Shape, m *memory, partition int32, records []record) {
	if m.committed[partition] != len(records) {
		t.Fatalf("partition %d: %d of %d records are committed", partition, m.committed[partition], len(records))
	}
	sheet, err := shape.Read(m.noted[partition], int64(len(records)))
	if err != nil || len(records) > 0 && (sheet.From != 0 || sheet.Earlier != 0) {
		t.Fatalf("partition %d: %+v, %v", partition, sheet, err)
	}
	n := func(kinds ...string) (count uint64) {
		for _, r := range records {
			if slices.Contains(kinds, r.value[len("value of "):]) {
				count++
			}
		}
		return count
	}
	total, passed := uint64(len(records)), n("a", "b", "big")
	want := []stage.Counts{
		{In: total, Passed: total},
		{In: total, Passed: passed, Dropped: n("drop"), Dead: n("bad", "panic", "dead")},
		{In: passed, Passed: n("a", "b"), Dead: n("big")},
	}
	if sheet.Records != total {
		t.Errorf("partition %d: %d records, want %d", partition, sheet.Records, total)
	}
	for i, w := range want {
		got := sheet.Operators[i]
		if got.In != w.In || got.Passed != w.Passed || got.Dropped != w.Dropped || got.Dead != w.Dead {
			t.Errorf("partition %d, operator %d: got %+v, want %+v", partition, i, got, w)
		}
	}
}

// Counts of partitions of several topics are kept apart, though one task reads them.
func TestTopicsHaveAccountsOfTheirOwn(t *testing.T) {
	w := over(t, signup(), nil)
	l := w.loops[0]
	l.bind(w.pipeline, even)
	one, two, notes := newNowhere(10), newNowhere(20), map[string]string{}
	l.piece.out = noting{one, notes}
	for _, b := range []transport.Batch{one, called{two, "other"}, one} {
		if err := l.task(0).work(b); err != nil {
			t.Fatal(err)
		}
	}
	l.takeNotes()
	for topic, want := range map[string]uint64{"in": 20, "other": 20} {
		sheet, err := l.piece.shape.Read(notes[topic], 1000)
		if err != nil || sheet.Records != want || sheet.Operators[0].In != want {
			t.Errorf("%s: got %+v, %v; want %d records", topic, sheet, err, want)
		}
	}
}

// called is a batch of another topic.
type called struct {
	*nowhere
	topic string
}

func (c called) Topic() string { return c.topic }

// noting is a transport that keeps notes alone, by topic.
type noting struct {
	*nowhere
	notes map[string]string
}

func (n noting) Note(topic string, _ int32, note string) { n.notes[topic] = note }
