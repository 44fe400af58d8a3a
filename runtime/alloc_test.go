//go:build !race

// The race detector makes a sync.Pool lose things at random.

package runtime

import "testing"

func TestABatchAllocatesNothing(t *testing.T) {
	n := newNowhere(1000)
	w := over(t, signup(), nil)
	l := w.loops[0]
	l.bind(w.pipeline, even)
	l.piece.out = n
	work := func() {
		if err := l.task(0).work(n); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 { // every key is known to the sharder's skew by then
		work()
	}
	if allocs := testing.AllocsPerRun(100, work); allocs > 1 {
		t.Errorf("%v allocations for a batch of %d records", allocs, n.Len())
	}
}

func BenchmarkWork(b *testing.B) {
	n := newNowhere(1000)
	w, err := New(signup(), Options{Instance: "test"})
	if err != nil {
		b.Fatal(err)
	}
	l := w.loops[0]
	l.bind(w.pipeline, even)
	l.piece.out = n
	b.ReportAllocs()
	for b.Loop() {
		if err := l.task(0).work(n); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n.Len()), "ns/event")
}
