package progress

import (
	"testing"
	"time"
)

// traced is the trace of rows, one each 100 ms, on two partitions.
func traced(rows ...[2]int64) *Trace {
	t := &Trace{}
	for i, row := range rows {
		t.add(Sample{At: at(i), Positions: map[int32]int64{0: row[0], 1: row[1]}})
	}
	return t
}

func TestStallOverlapsTheFault(t *testing.T) {
	trace := traced([2]int64{1, 1}, [2]int64{2, 1}, [2]int64{3, 1}, [2]int64{4, 1}, [2]int64{5, 2}, [2]int64{6, 3}, [2]int64{7, 4})
	if got := trace.Stall(at(1), at(4)); got != 400*time.Millisecond {
		t.Errorf("stall %v, want the 400ms of partition 1", got)
	}
	if got := trace.Stall(at(1), at(2)); got != 200*time.Millisecond {
		t.Errorf("stall %v, want the 200ms of partition 1 before the end", got)
	}
	if got := trace.Stall(at(5), at(6)); got != 100*time.Millisecond {
		t.Errorf("stall %v after all was over, want 100ms", got)
	}
	if got := trace.Stall(at(5), at(9)); got != 300*time.Millisecond {
		t.Errorf("stall %v that lasts yet, want 300ms", got)
	}
}

func TestRecoveredOnceAllMove(t *testing.T) {
	trace := traced([2]int64{1, 1}, [2]int64{2, 1}, [2]int64{3, 1}, [2]int64{4, 2}, [2]int64{5, 2})
	if when, ok := trace.Recovered(at(1)); !ok || !when.Equal(at(3)) {
		t.Errorf("recovered %v at %v, want at %v", ok, when, at(3))
	}
	if _, ok := trace.Recovered(at(3)); ok {
		t.Error("recovered, though partition 1 has not moved since")
	}
}

func TestBackward(t *testing.T) {
	if err := traced([2]int64{1, 1}, [2]int64{2, 2}).Backward(); err != nil {
		t.Error(err)
	}
	if traced([2]int64{1, 5}, [2]int64{2, 4}).Backward() == nil {
		t.Error("a position that went back is not told")
	}
}
