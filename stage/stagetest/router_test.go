package stagetest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/stagetest"
)

// verdict is a testing.TB that remembers its first failure instead of failing.
type verdict struct {
	testing.TB
	failure string
}

func (*verdict) Helper() {}
func (v *verdict) Fatal(args ...any) {
	v.failure = fmt.Sprint(args...)
	panic(v)
}
func (v *verdict) Fatalf(format string, args ...any) { v.Fatal(fmt.Sprintf(format, args...)) }

func judge(suite func(testing.TB)) (failure string) {
	v := &verdict{}
	defer func() {
		if r := recover(); r != nil && r != any(v) {
			panic(r)
		}
		failure = v.failure
	}()
	suite(v)
	return ""
}

func numbers(r *rand.Rand) stage.Event[int] {
	return stage.Event[int]{Meta: stage.Meta{Key: []byte{byte(r.Uint32())}}, Value: r.IntN(100)}
}

var sink atomic.Pointer[[]byte]

func TestRouterFindsOffenders(t *testing.T) {
	var calls atomic.Int64
	var kept *stage.Event[int]
	odd := func(e *stage.Event[int]) (stage.Ports, error) { return stage.Port(e.Value & 1), nil }
	for _, c := range []struct {
		name, want string
		router     stage.RouterFunc[int]
		laws       []stagetest.Law[int]
	}{
		{"sound", "", odd, []stagetest.Law[int]{stagetest.Partitions[int], stagetest.Filters[int]}},
		{"sound, rejects", "", func(*stage.Event[int]) (stage.Ports, error) { return 0, errors.New("no") }, nil},
		{"beyond its ports", "chose the ports 100 of 2", func(*stage.Event[int]) (stage.Ports, error) { return stage.Port(2), nil }, nil},
		{"changes the value", "was changed", func(e *stage.Event[int]) (stage.Ports, error) { e.Value++; return 0, nil }, nil},
		{"changes the key", "was changed", func(e *stage.Event[int]) (stage.Ports, error) { e.Key[0]++; return 0, nil }, nil},
		{"counts", "must depend on the event alone", func(*stage.Event[int]) (stage.Ports, error) { return stage.Port(int(calls.Add(1)>>4) & 1), nil }, nil},
		{"keeps the event", "must depend on the event alone", func(e *stage.Event[int]) (stage.Ports, error) {
			last := kept
			kept = e
			return stage.Port(1), map[bool]error{true: errors.New("seen")}[last == e]
		}, nil},
		{"allocates", "allocations", func(e *stage.Event[int]) (stage.Ports, error) {
			b := make([]byte, 1+e.Value)
			sink.Store(&b)
			return 0, nil
		}, nil},
		{"no copier", "want by all ports 11", odd, []stagetest.Law[int]{stagetest.Copies[int]}},
		{"no splitter", "want by exactly one", func(*stage.Event[int]) (stage.Ports, error) { return 3, nil }, []stagetest.Law[int]{stagetest.Partitions[int]}},
		{"no filter", "want by one at most", func(*stage.Event[int]) (stage.Ports, error) { return 3, nil }, []stagetest.Law[int]{stagetest.Filters[int]}},
		{"no merger", "want by port 0", odd, []stagetest.Law[int]{stagetest.Passes[int]}},
		{"no sharder", "an earlier event of the same key", odd, []stagetest.Law[int]{stagetest.Follows(func(*stage.Event[int]) string { return "k" })}},
		{"not as described", "want by 1", odd, []stagetest.Law[int]{stagetest.Agrees(func(*stage.Event[int]) (stage.Ports, bool) { return 1, true })}},
		{"rejects nothing", "want an error", odd, []stagetest.Law[int]{stagetest.Agrees(func(*stage.Event[int]) (stage.Ports, bool) { return 0, false })}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := judge(func(tb testing.TB) { stagetest.Router(tb, c.router, 2, numbers, c.laws...) })
			if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("the suite said %q, want %q", got, c.want)
			}
		})
	}
}

func TestShardFindsOffenders(t *testing.T) {
	key := func(e *stage.Event[int], buf []byte) ([]byte, error) { return append(buf, e.Key...), nil }
	calls := 0
	for _, c := range []struct {
		name, want string
		shard      stage.Shard[int]
	}{
		{"sound", "", stage.Shard[int]{Key: key, Port: func(key []byte) int { return int(key[0]) & 1 }, Partition: func(key []byte, n int32) int32 { return int32(key[0]) % n }}},
		{"forgets the buffer", "appended to the buffer", stage.Shard[int]{Key: func(e *stage.Event[int], buf []byte) ([]byte, error) {
			return append(buf[:0], "a long enough key"...), nil
		}}},
		{"port out of range", "chose port 2 of 2", stage.Shard[int]{Key: key, Port: func([]byte) int { return 2 }}},
		{"partition out of range", "chose partition 1 of 1", stage.Shard[int]{Key: key, Partition: func([]byte, int32) int32 { return 1 }}},
		{"unsteady", "and then", stage.Shard[int]{Key: key, Port: func([]byte) int { calls++; return calls & 1 }}},
		{"changes the event", "was changed", stage.Shard[int]{Key: func(e *stage.Event[int], buf []byte) ([]byte, error) { e.Value++; return buf, nil }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := judge(func(tb testing.TB) { stagetest.Shard(tb, &c.shard, 2, numbers) })
			if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("the suite said %q, want %q", got, c.want)
			}
		})
	}
}
