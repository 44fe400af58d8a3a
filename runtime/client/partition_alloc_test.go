//go:build !race

// The race detector makes a sync.Pool lose things at random.

package client

import "testing"

func TestPartitionAllocatesNothing(t *testing.T) {
	key := []byte("user-1")
	if n := testing.AllocsPerRun(1000, func() { Partition(key, 8) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
