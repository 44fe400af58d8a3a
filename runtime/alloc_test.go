//go:build !race

// The race detector makes a sync.Pool lose things at random.

package runtime

import (
	"fmt"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// nowhere is a batch that costs nothing, and a transport that keeps nothing.
type nowhere struct {
	transport.Transport
	metas []stage.Meta
	value []byte
}

func (n *nowhere) Input() int                                { return 0 }
func (n *nowhere) Topic() string                             { return "in" }
func (n *nowhere) Partition() int32                          { return 0 }
func (n *nowhere) Len() int                                  { return len(n.metas) }
func (n *nowhere) Forward(int, int32, transport.Batch)       {}
func (n *nowhere) Select(int, transport.Batch, []stage.Pick) {}
func (n *nowhere) Add(int, int32, *stage.Meta, []byte)       {}
func (n *nowhere) Records(f func(int, *stage.Meta, []byte) error) error {
	for i := range n.metas {
		if err := f(i, &n.metas[i], n.value); err != nil {
			return err
		}
	}
	return nil
}

func newNowhere(records int) *nowhere {
	n := &nowhere{value: make([]byte, 200)}
	for i := range records {
		n.metas = append(n.metas, stage.Meta{Key: fmt.Appendf(nil, "%d", i%100), Origin: stage.Origin{Topic: "in", Offset: int64(i)}})
	}
	return n
}

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
