package sharder_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/stage/stagetest"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

type Order struct {
	Tenant string
	Number int32
	Serial int64
}

var errTenant = errors.New("no tenant")

func tenant(e *stage.Event[Order], buf []byte) ([]byte, error) {
	if e.Value.Tenant == "" {
		return buf, errTenant
	}
	return sharder.AppendString(buf, e.Value.Tenant), nil
}

func number(e *stage.Event[Order], buf []byte) ([]byte, error) {
	return sharder.AppendInt(buf, e.Value.Number), nil
}

func serial(e *stage.Event[Order], buf []byte) ([]byte, error) {
	return sharder.AppendLong(buf, e.Value.Serial), nil
}

func orders(r *rand.Rand) stage.Event[Order] {
	return stage.Event[Order]{Value: Order{Tenant: []string{"a", "b", "c", "delta", ""}[r.IntN(5)], Number: int32(r.Uint32()), Serial: r.Int64()}}
}

func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}

// Several streams: a router of its own, for a consumer that has a producer or a table for each.
func Example() {
	names := []string{"s0", "s1", "s2"}
	shard, err := sharder.Over(func(e *stage.Event[Order], buf []byte) ([]byte, error) {
		return sharder.AppendString(buf, e.Value.Tenant), nil
	}, names...)
	if err != nil {
		panic(err)
	}
	byTenant := sharder.Router(shard)
	for _, tenant := range []string{"tenant-1", "tenant-3", "a"} {
		ports, _ := byTenant.Route(&stage.Event[Order]{Value: Order{Tenant: tenant}})
		for port, name := range names {
			if ports.Has(port) {
				fmt.Println(tenant, "to", name)
			}
		}
	}
	// Output:
	// tenant-1 to s2
	// tenant-3 to s1
	// a to s0
}

func ExampleRendezvous() {
	fmt.Println(sharder.Rendezvous([]byte("tenant-1"), 12))
	// Output: 5
}

// murmur2 is the partition function of Kafka's clients, as a Kafka client gives it.
func murmur2(key []byte, n int32) int32 {
	topic := kgo.StickyKeyPartitioner(nil).ForTopic("t")
	return int32(topic.Partition(&kgo.Record{Key: key}, int(n)))
}

// The hashes are those of Kafka's own test, UtilsTest.testMurmur2.
func TestKeyedByMurmur2(t *testing.T) {
	shard := sharder.Keyed(tenant, murmur2)
	for key, hash := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		bytes := must(shard.Key(&stage.Event[Order]{Value: Order{Tenant: key}}, nil))
		for _, n := range []int32{1, 7, 12, 1000} {
			if got, want := shard.Partition(bytes, n), (hash&0x7fffffff)%n; got != want {
				t.Errorf("key %q goes to partition %d of %d, want %d", key, got, n, want)
			}
		}
	}
}

func TestLaws(t *testing.T) {
	for _, key := range []sharder.Key[Order]{tenant, number, serial, sharder.Tuple(tenant, number, serial)} {
		stagetest.Shard(t, sharder.Keyed(key, sharder.Rendezvous), 1, orders)
		over := must(sharder.Over(key, "s0", "s1", "s2"))
		stagetest.Shard(t, over, 3, orders)
		stagetest.Router(t, sharder.Router(over), 3, orders, stagetest.Partitions[Order])
	}
	byTenant := sharder.Router(must(sharder.Over(tenant, "s0", "s1", "s2")))
	stagetest.Router(t, byTenant, 3, orders,
		stagetest.Follows(func(e *stage.Event[Order]) string { return e.Value.Tenant }),
		stagetest.Agrees(func(e *stage.Event[Order]) (stage.Ports, bool) {
			return stage.Port(must(sharder.Among("s0", "s1", "s2")).Choose([]byte(e.Value.Tenant))), e.Value.Tenant != ""
		}))
}

// The vectors were computed by another implementation, from the formulas in the documentation.
func TestVectors(t *testing.T) {
	keys := []string{"", "a", "b", "tenant-1", "tenant-2", "tenant-3", strings.Repeat("x", 100)}
	for _, c := range []struct {
		names []string
		want  []int
	}{
		{[]string{"s0", "s1", "s2"}, []int{1, 0, 0, 2, 2, 1, 1}},
		{[]string{"s2", "s1", "s0"}, []int{1, 2, 2, 0, 0, 1, 1}},
		{[]string{"s0", "s1", "s2", "s3"}, []int{1, 0, 0, 2, 2, 1, 3}},
		{[]string{"one"}, []int{0, 0, 0, 0, 0, 0, 0}},
	} {
		for i, key := range keys {
			if got := must(sharder.Among(c.names...)).Choose([]byte(key)); got != c.want[i] {
				t.Errorf("key %q goes to %d of %v, want %d", key, got, c.names, c.want[i])
			}
		}
	}
	keys = slices.Delete(keys, 5, 6)
	for n, want := range map[int32][]int32{1: {0, 0, 0, 0, 0, 0}, 3: {2, 0, 2, 1, 0, 2}, 12: {9, 9, 11, 5, 0, 3}, 1000: {57, 188, 525, 142, 444, 57}} {
		for i, key := range keys {
			if got := sharder.Rendezvous([]byte(key), n); got != want[i] {
				t.Errorf("key %q goes to partition %d of %d, want %d", key, got, n, want[i])
			}
		}
	}
}

func TestOneMoreMovesOnlyToTheNewOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9.-]{1,20}`), 2, 20, rapid.ID).Draw(t, "names")
		fewer, more := must(sharder.Among(names[1:]...)), must(sharder.Among(names...))
		partitions := int32(rapid.IntRange(1, 100).Draw(t, "partitions"))
		for _, key := range rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 50, 50).Draw(t, "keys") {
			if was, is := names[1+fewer.Choose(key)], names[more.Choose(key)]; is != was && is != names[0] {
				t.Fatalf("key %x moved from %s to %s when %s was added", key, was, is, names[0])
			}
			if was, is := sharder.Rendezvous(key, partitions), sharder.Rendezvous(key, partitions+1); is != was && is != partitions {
				t.Fatalf("key %x moved from partition %d to %d when %d was added", key, was, is, partitions)
			}
		}
	})
}

// Each of n shards gets its part of many keys: chi-square lies below the 99.99 % quantile of about n + 6 √n for these n.
func TestBalance(t *testing.T) {
	const keys = 20_000
	for _, n := range []int{2, 3, 12, 50} {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprint("stream-", i)
		}
		among := must(sharder.Among(names...))
		byName, byNumber := make([]int, n), make([]int, n)
		for i := range keys {
			key := sharder.AppendLong(nil, int64(i))
			byName[among.Choose(key)]++
			byNumber[sharder.Rendezvous(key, int32(n))]++
		}
		for what, counts := range map[string][]int{"names": byName, "partitions": byNumber} {
			chi, want := 0.0, float64(keys)/float64(n)
			for _, c := range counts {
				chi += (float64(c) - want) * (float64(c) - want) / want
			}
			if limit := float64(n) + 6*math.Sqrt(float64(n)) + 8; chi > limit {
				t.Errorf("%d %s: chi-square is %.1f, want at most %.1f; counts %v", n, what, chi, limit, counts)
			}
		}
	}
}

func TestKeyBytes(t *testing.T) {
	e := stage.Event[Order]{Value: Order{Tenant: "zoë", Number: -2, Serial: 258}}
	for _, c := range []struct {
		key  sharder.Key[Order]
		want string
	}{
		{tenant, "zo\xc3\xab"},
		{number, "\xff\xff\xff\xfe"},
		{serial, "\x00\x00\x00\x00\x00\x00\x01\x02"},
		{sharder.Tuple(tenant, number), "\x00\x00\x00\x04zo\xc3\xab\x00\x00\x00\x04\xff\xff\xff\xfe"},
		{sharder.Tuple[Order](), ""},
	} {
		if got, err := c.key(&e, []byte("<")); err != nil || string(got) != "<"+c.want {
			t.Errorf("got %q (%v), want %q", got, err, "<"+c.want)
		}
	}
	if _, err := sharder.Tuple(number, tenant)(&stage.Event[Order]{}, nil); !errors.Is(err, errTenant) {
		t.Errorf("got %v, want the error of the second part", err)
	}
}

// Different tuples have different bytes, even where their parts run together.
func TestTuplesDoNotCollide(t *testing.T) {
	part := func(n int) sharder.Key[[]string] {
		return func(e *stage.Event[[]string], buf []byte) ([]byte, error) { return append(buf, e.Value[n]...), nil }
	}
	pair := sharder.Tuple(part(0), part(1))
	rapid.Check(t, func(t *rapid.T) {
		short := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune{'a', 0, 1}), 0, 6, -1), 2, 2)
		a, b := short.Draw(t, "a"), short.Draw(t, "b")
		keyA := must(pair(&stage.Event[[]string]{Value: a}, nil))
		keyB := must(pair(&stage.Event[[]string]{Value: b}, nil))
		if bytes.Equal(keyA, keyB) != slices.Equal(a, b) {
			t.Fatalf("%q is %x, %q is %x", a, keyA, b, keyB)
		}
	})
}

func TestRefuses(t *testing.T) {
	for want, names := range map[string][]string{
		`sharder over 0 streams; 1 to 64 are possible`:               nil,
		`sharder over 65 streams; 1 to 64 are possible`:              make([]string, 65),
		`sharder over streams of which two are named "a"`:            {"a", "b", "a"},
		`sharder over a stream with a zero byte in its name "a\x00"`: {"b", "a\x00"},
	} {
		if _, err := sharder.Over(tenant, names...); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a shard without a choice of streams became a router")
		}
	}()
	sharder.Router(sharder.Keyed(tenant, sharder.Rendezvous))
}
