package runtime

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the broker does with the transactions, and however the records are cut into batches, what was committed and
// what is counted are those of a run in which nothing went wrong.
func TestCommittedIsWhatWasMeant(t *testing.T) {
	kinds := []string{"a", "b", "drop", "bad", "panic", "dead", "big"}
	rapid.Check(t, func(rt *rapid.T) {
		inputs := map[int32][]record{}
		var all []string
		for p := range int32(rapid.IntRange(1, 4).Draw(rt, "partitions")) {
			names := rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 30).Draw(rt, "keys")
			inputs[p] = keyed(names...)
			all = append(all, names...)
		}
		m := newMemory(inputs)
		m.round = rapid.IntRange(1, 10).Draw(rt, "round")
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
		w := over(t, p, m)
		if err := w.runAll(t.Context(), even); err != nil {
			rt.Fatal(err)
		}
		check(rt, m, w.Report().Subs[0], all)
	})
}

// check compares what was committed and counted with what the keys say must become of their events.
func check(t rapid.TB, m *memory, s SubReport, all []string) {
	n := func(kinds ...string) (count uint64) {
		for _, k := range all {
			if slices.Contains(kinds, k) {
				count++
			}
		}
		return count
	}
	total := uint64(len(all))
	for what, c := range map[string][2]uint64{
		"records":          {s.Records, total},
		"everyone in":      {s.Operators[0].In, total},
		"everyone passed":  {s.Operators[0].Passed, total},
		"eligible passed":  {s.Operators[1].Passed, n("a", "b", "big")},
		"eligible dropped": {s.Operators[1].Dropped, n("drop")},
		"eligible dead":    {s.Operators[1].Dead, n("bad", "panic", "dead")},
		"sharder passed":   {s.Operators[2].Passed, n("a", "b")},
		"sharder dead":     {s.Operators[2].Dead, n("big")},
		"sharder emitted":  {s.Operators[2].Ports[0].Emitted, n("a", "b")},
		"audit":            {uint64(len(m.out[audit])), total},
		"by user":          {uint64(len(m.out[byUser])), n("a", "b")},
		"dead letters":     {uint64(len(m.out[letter])), n("bad", "panic", "dead", "big")},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: got %d, want %d", what, c[0], c[1])
		}
	}
	next := map[int32]int64{}
	for _, w := range m.out[audit] {
		if w.meta.Origin.Offset != next[w.partition] {
			t.Fatalf("audit has offset %d of partition %d in place of %d", w.meta.Origin.Offset, w.partition, next[w.partition])
		}
		next[w.partition]++
	}
	for _, w := range m.out[byUser] {
		if key := string(w.meta.Key); !strings.HasPrefix(key, "user-") {
			t.Fatalf("by user has key %q", key)
		}
	}
}
