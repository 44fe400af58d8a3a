package eos

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/stage"
)

func TestRecordsAllocateNothing(t *testing.T) {
	b := batch{topic: "t"}
	rs := records(1, 2, 3, 4)
	rs[2].Headers = []kgo.RecordHeader{{Key: "h"}}
	b.fill(rs, noEnd)
	n := 0
	f := func(int, *stage.Meta, []byte) error { n++; return nil }
	_ = b.Records(f)
	if allocs := testing.AllocsPerRun(100, func() { _ = b.Records(f) }); allocs > 0 {
		t.Errorf("%v allocations for a batch", allocs)
	}
}

func TestMemoryIsUsedAgain(t *testing.T) {
	var c cells
	var a arena
	use := func() {
		for range 3 * cellsChunk {
			c.next()
			if got := a.copy([]byte("bytes")); string(got) != "bytes" {
				t.Fatalf("copied %q", got)
			}
		}
		c.reset()
		a.reset()
	}
	use()
	if allocs := testing.AllocsPerRun(10, use); allocs > 0 {
		t.Errorf("%v allocations the second time", allocs)
	}
	if a.copy(nil) != nil || a.copy([]byte{}) == nil {
		t.Error("nil and empty are not kept apart")
	}
}
