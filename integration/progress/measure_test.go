package progress

import (
	"math"
	"testing"
	"time"
)

// run is a group's progress on two partitions, one row each 100 ms.
func run(rows ...[2]int64) *Watcher {
	w := &Watcher{Ends: map[int32]int64{0: 1000, 1: 1000}}
	for i, row := range rows {
		w.samples = append(w.samples, Sample{At: at(i), Positions: map[int32]int64{0: row[0], 1: row[1]}})
	}
	return w
}

func at(i int) time.Time {
	return time.UnixMilli(1_000_000).Add(time.Duration(i) * 100 * time.Millisecond)
}

func TestRateIsOfTheSteadyPart(t *testing.T) {
	w := run([2]int64{0, 0}, [2]int64{0, 0}, [2]int64{500, 0}, [2]int64{500, 500}, [2]int64{1000, 500}, [2]int64{1000, 1000}, [2]int64{1000, 1000})
	if got := w.Rate(); math.Abs(got-5000) > 1 {
		t.Errorf("rate %v, want 5000", got)
	}
	if got := run([2]int64{2000, 2000}).Rate(); got != 0 {
		t.Errorf("rate %v of one sample, want 0", got)
	}
}

func TestStandstill(t *testing.T) {
	w := run([2]int64{0, 0}, [2]int64{100, 100}, [2]int64{200, 100}, [2]int64{300, 100}, [2]int64{1000, 100}, [2]int64{1000, 100}, [2]int64{1000, 900}, [2]int64{1000, 1000})
	if gap, partition := w.Standstill(at(1)); gap != 500*time.Millisecond || partition != 1 {
		t.Errorf("partition %d stood still for %v, want partition 1 for 500ms", partition, gap)
	}
	if gap, _ := w.Standstill(at(6)); gap != 100*time.Millisecond {
		t.Errorf("stood still for %v after all was nearly done, want 100ms", gap)
	}
}
