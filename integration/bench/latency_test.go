package main

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
)

// TestStallsCount stalls the writer for a second: the events that were due meanwhile are late by what was left of it.
func TestStallsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &arrivals{due: schedule{begin: time.Now(), period: 100 * time.Millisecond}}
		pace := a.pace(2 * time.Second)
		for n := 0; pace(n); n++ {
			if n == 30 {
				time.Sleep(time.Second)
			}
			time.Sleep(time.Millisecond)
			a.add(&kgo.Record{Headers: []kgo.RecordHeader{history.NumberHeader(n)}}, time.Now())
		}
		ms := a.measured()
		// Event 0 came after 1 ms, so events 21 to 40 are measured. Number 30 took 1001 ms, 31 took 902, … and 39 took 110.
		if len(ms) != 20 || a.written != 41 {
			t.Fatalf("%d of %d events were measured: %v", len(ms), a.written, ms)
		}
		if got := ms[19]; math.Abs(got-1001) > 1e-6 {
			t.Errorf("the longest took %v ms, want 1001", got)
		}
		if late := slices.IndexFunc(ms, func(v float64) bool { return v > 100 }); late != 10 {
			t.Errorf("%d events took longer than 100 ms, want 10: %v", 20-late, ms)
		}
	})
}

func TestRecordsWithoutANumberAreLeftToTheCheck(t *testing.T) {
	a := &arrivals{}
	a.add(&kgo.Record{}, time.Now())
	if a.count.Load() != 0 {
		t.Error("it was counted")
	}
}
