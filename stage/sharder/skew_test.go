package sharder_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/stage/sharder"
	"pgregory.net/rapid"
)

func ExampleSkew() {
	var skew sharder.Skew
	for i := range 600_000 {
		key := fmt.Append(nil, "tenant-", i)
		if i%4 == 0 {
			key = []byte("the big one")
		}
		skew.Observe(key, sharder.Rendezvous(key, 12))
	}
	r := skew.Report()
	fmt.Printf("%d events on %d shards; %s has about %.0f%%\n", r.Events, r.Shards, r.Key, 100*r.KeyShare)
	// Output: 600000 events on 12 shards; the big one has about 25%
}

// The shares of shards are exact; that of a hot key is near the truth, whatever the pattern it comes in.
func TestSkewFindsTheHottest(t *testing.T) {
	const n = 150_000
	keys := make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Append(nil, i)
	}
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.SampledFrom([]int{2, 3, 4, 8, 10, 15, 16, 17}).Draw(t, "every")
		first := rapid.IntRange(0, every-1).Draw(t, "first")
		tasks := rapid.IntRange(1, 4).Draw(t, "tasks")
		skews := make([]sharder.Skew, tasks)
		for i := range n {
			key, shard := keys[i], int32(i%5)
			if i%every == first {
				key, shard = []byte("hot"), 5
			}
			skews[i%tasks].Observe(key, shard)
		}
		for i := range skews[1:] {
			skews[0].Merge(&skews[1+i])
		}
		r := skews[0].Report()
		hot := (n - first + every - 1) / every
		if string(r.Key) != "hot" || r.Events != n || r.Shards != 6 {
			t.Fatalf("every %d: got %+v, want the hot key", every, r)
		}
		share := float64(hot) / n
		if math.Abs(r.KeyShare-share) > 0.06 || r.KeyShareMin > r.KeyShare || share-r.KeyShareMin > 0.06 {
			t.Fatalf("every %d: the hot key's share is %.3f, %.3f at least; want %.3f", every, r.KeyShare, r.KeyShareMin, share)
		}
		if every <= 4 && (r.Shard != 5 || r.ShardShare != share) {
			t.Fatalf("the largest share is %.3f on shard %d, want %.3f on 5", r.ShardShare, r.Shard, share)
		}
	})
}

func TestSkewMergeKeepsTheOther(t *testing.T) {
	var a, b sharder.Skew
	for i := range 10_000 {
		a.Observe(fmt.Append(nil, i%10), 0)
		b.Observe(fmt.Append(nil, "only here ", i%3), 1)
	}
	before := fmt.Sprintf("%+v", b.Report())
	a.Merge(&b)
	for i := range 2_000_000 {
		a.Observe(fmt.Append(nil, "later-", i), 0)
	}
	if after := fmt.Sprintf("%+v", b.Report()); after != before {
		t.Errorf("merging changed what was merged: it was %s, and is %s", before, after)
	}
	if r := a.Report(); r.Events != 2_020_000 || r.Shards != 2 || r.ShardShare != 201.0/202 {
		t.Errorf("got %+v, want 2020000 events, all but 10000 on shard 0", r)
	}
}

func TestSkewOfNothing(t *testing.T) {
	var s sharder.Skew
	if r := s.Report(); r.Events != 0 || r.Key != nil || r.ShardShare != 0 {
		t.Errorf("got %+v, want nothing", r)
	}
	for i := range 100_000 {
		s.Observe(fmt.Append(nil, i), 3)
	}
	if r := s.Report(); r.Key != nil || r.ShardShare != 1 || r.Shard != 3 {
		t.Errorf("got %+v, want no hot key among different ones, and all on shard 3", r)
	}
	s.Reset()
	if r := s.Report(); r.Events != 0 || r.Shards != 0 {
		t.Errorf("after Reset got %+v, want nothing", r)
	}
}

func TestSkewShowsTheStartOfALongKey(t *testing.T) {
	var s sharder.Skew
	for range 1000 {
		s.Observe([]byte(strings.Repeat("k", 10_000)), 0)
	}
	if r := s.Report(); string(r.Key) != strings.Repeat("k", 256) || r.KeyShare != 1 {
		t.Errorf("got a key of %d bytes with a share of %v, want the first 256 with 1", len(r.Key), r.KeyShare)
	}
}

func TestSkewAllocatesNothing(t *testing.T) {
	var s sharder.Skew
	keys := make([][]byte, 10_000)
	for i := range keys {
		keys[i] = fmt.Append(nil, "key-", i)
	}
	observe := func() {
		s.Reset()
		for i, key := range keys {
			s.Observe(key, int32(i%12))
		}
	}
	if allocs := testing.AllocsPerRun(3, observe); allocs != 0 {
		t.Errorf("%v allocations for %d events, want none", allocs, len(keys))
	}
}
