package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func feedOf(t *testing.T, w *workload) *feed {
	t.Helper()
	f, err := newFeed(w, w.inputTopics(tag), time.UnixMilli(1_800_000_000_000))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func eventOf(t *testing.T, f *feed, n int) *kgo.Record {
	t.Helper()
	r, err := f.event(n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEventsAreTheSameEachTime(t *testing.T) {
	for _, w := range workloads {
		a, b := feedOf(t, w), feedOf(t, w)
		for _, n := range []int{7, 0, 999} {
			x, y := eventOf(t, a, n), eventOf(t, b, n)
			if !bytes.Equal(x.Value, y.Value) || !bytes.Equal(x.Key, y.Key) || x.Topic != y.Topic {
				t.Errorf("%s: event %d differs", w.name, n)
			}
		}
	}
}

// TestRecordsHaveTheirSize holds the sized workloads to their names, and to text that a codec shrinks as it does real text.
func TestRecordsHaveTheirSize(t *testing.T) {
	lz4, err := kgo.DefaultCompressor(kgo.Lz4Compression())
	if err != nil {
		t.Fatal(err)
	}
	for _, kib := range []int{1, 10, 100} {
		f := feedOf(t, sized(kib))
		var batch []byte
		const events = 20
		for n := range events {
			batch = append(batch, eventOf(t, f, n).Value...)
		}
		if mean := len(batch) / events; mean < kib<<10*95/100 || mean > kib<<10*105/100 {
			t.Errorf("a record has %d bytes on average, want about %d KiB", mean, kib)
		}
		squeezed, _ := lz4.Compress(new(bytes.Buffer), batch)
		if share := float64(len(squeezed)) / float64(len(batch)); share < 0.25 || share > 0.75 {
			t.Errorf("%d KiB: lz4 leaves %.2f of it", kib, share)
		}
	}
}

func TestMergedInputsTakeTurns(t *testing.T) {
	f := feedOf(t, mergeWork)
	var before time.Time
	for n := range 50 {
		r := eventOf(t, f, n)
		if r.Topic != f.topics[n%mergeInputs] {
			t.Errorf("event %d is in %s", n, r.Topic)
		}
		if !r.Timestamp.After(before) {
			t.Errorf("event %d does not come after the one before it", n)
		}
		before = r.Timestamp
	}
}
