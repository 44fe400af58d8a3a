package stage_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/google/go-cmp/cmp"
)

func toNode(n int) stage.Edge { return stage.Edge{Kind: stage.ToNode, To: int32(n)} }
func toSink(n int) stage.Edge { return stage.Edge{Kind: stage.ToSink, To: int32(n)} }

var (
	drop       = stage.Edge{}
	deadLetter = stage.Edge{Kind: stage.DeadLetter}
)

func node(router stage.Router[int], ports ...stage.Edge) stage.Node[int] {
	return stage.Node[int]{Router: router, Ports: ports}
}

func sharded(shard stage.Shard[int], ports ...stage.Edge) stage.Node[int] {
	return stage.Node[int]{Shard: &shard, Ports: ports}
}

func always(ports stage.Ports) stage.Router[int] {
	return stage.RouterFunc[int](func(*stage.Event[int]) (stage.Ports, error) { return ports, nil })
}

func chooses(port int) stage.Router[int] { return always(stage.Port(port)) }

func fails(err error) stage.Router[int] {
	return stage.RouterFunc[int](func(*stage.Event[int]) (stage.Ports, error) { return stage.Port(0), err })
}

func panics(v any) stage.Router[int] {
	return stage.RouterFunc[int](func(*stage.Event[int]) (stage.Ports, error) { panic(v) })
}

func keyed(key string) func(*stage.Event[int], []byte) ([]byte, error) {
	return func(_ *stage.Event[int], buf []byte) ([]byte, error) { return append(buf, key...), nil }
}

// byLength places a key on the partition of its length, so that a test sees which key was used.
func byLength(key []byte, n int32) int32 { return int32(len(key)) % n }

// run carries one event, the number 7 of its batch, through nodes from the first one on.
func run(t *testing.T, sinks int, nodes ...stage.Node[int]) *stage.Runner[int] {
	t.Helper()
	p := &stage.Program[int]{Inputs: []stage.Edge{toNode(0)}, Nodes: nodes, Sinks: sinks}
	outputs := make([]stage.Output, sinks)
	for i := range outputs {
		outputs[i] = stage.Output{Partitions: 100, Fixed: 99}
	}
	r := stage.NewRunner(p, outputs)
	e := &stage.Event[int]{Meta: stage.Meta{Key: []byte("old")}}
	r.Route(0, 7, e)
	if string(e.Key) != "old" {
		t.Errorf("the event's key is %q after Route, want it as it was", e.Key)
	}
	for i, c := range r.Counts {
		if c.In != c.Passed+c.Dropped+c.Dead {
			t.Errorf("node %d: in %d, passed %d, dropped %d, dead %d", i, c.In, c.Passed, c.Dropped, c.Dead)
		}
	}
	return r
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// An event that reaches a merger by three ways goes on three times, in the order of the ports even where one way is longer.
func TestTwoWaysToOneMerger(t *testing.T) {
	r := run(t, 2,
		node(always(stage.FirstPorts(3)), toNode(1), toNode(2), toNode(3)),
		sharded(stage.Shard[int]{Key: keyed("a"), Partition: byLength}, toNode(2)),
		sharded(stage.Shard[int]{Key: keyed("bb"), Partition: byLength}, toNode(4)),
		sharded(stage.Shard[int]{Key: keyed("ccc"), Partition: byLength}, toNode(4)),
		node(chooses(0), toSink(1)))
	equal(t, "picks", r.Picks, [][]stage.Pick{nil, {{Index: 7, Partition: 2}, {Index: 7, Partition: 2}, {Index: 7, Partition: 3}}})
	equal(t, "counts of the merger", r.Counts[4], stage.Counts{In: 3, Passed: 3, Emitted: []uint64{3}})
	equal(t, "counts of the copier", r.Counts[0], stage.Counts{In: 1, Passed: 1, Emitted: []uint64{1, 1, 1}})
}

func TestPortOrder(t *testing.T) {
	r := run(t, 1,
		node(always(stage.FirstPorts(3)), toNode(1), toNode(2), toSink(0)),
		sharded(stage.Shard[int]{Key: keyed("a"), Partition: byLength}, toSink(0)),
		sharded(stage.Shard[int]{Key: keyed("bb"), Partition: byLength}, toSink(0)))
	equal(t, "picks", r.Picks, [][]stage.Pick{{{Index: 7, Partition: 1}, {Index: 7, Partition: 2}, {Index: 7, Partition: 99}}})
}

func TestSharderKeyTravels(t *testing.T) {
	placed := func(key string) stage.Shard[int] { return stage.Shard[int]{Key: keyed(key), Partition: byLength} }
	for _, c := range []struct {
		name  string
		nodes []stage.Node[int]
		want  stage.Pick
	}{
		{"through later operators", []stage.Node[int]{sharded(placed("abc"), toNode(1)), node(chooses(0), toNode(2)), node(chooses(0), toSink(0))},
			stage.Pick{Index: 7, Partition: 3}},
		{"until a later sharder", []stage.Node[int]{sharded(placed("abc"), toNode(1)), sharded(placed("abcd"), toSink(0))},
			stage.Pick{Index: 7, Partition: 4}},
		{"through one that only chooses a stream", []stage.Node[int]{sharded(placed("abc"), toNode(1)),
			sharded(stage.Shard[int]{Key: keyed("x"), Port: func([]byte) int { return 1 }}, drop, toSink(0))},
			stage.Pick{Index: 7, Partition: 3}},
		{"a new key stands behind a sharder that keeps keys", []stage.Node[int]{
			sharded(stage.Shard[int]{Key: keyed("new"), Rekey: true}, toNode(1)), sharded(placed("abcd"), toSink(0))},
			stage.Pick{Index: 7, Partition: 4, Rekey: true, Key: []byte("new")}},
		{"an empty new key is not a missing one", []stage.Node[int]{sharded(stage.Shard[int]{Key: keyed(""), Rekey: true}, toSink(0))},
			stage.Pick{Index: 7, Partition: 99, Rekey: true, Key: []byte{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			equal(t, "picks", run(t, 1, c.nodes...).Picks, [][]stage.Pick{{c.want}})
		})
	}
}

// As if every stream were a topic, operators and sinks behind a rekeying sharder see the new key; its siblings do not.
func TestRekeyIsSeenDownstream(t *testing.T) {
	var seen []string
	look := stage.RouterFunc[int](func(e *stage.Event[int]) (stage.Ports, error) {
		seen = append(seen, string(e.Key))
		return stage.Port(0), nil
	})
	p := &stage.Program[int]{Sinks: 1, Inputs: []stage.Edge{toNode(0)}, Nodes: []stage.Node[int]{
		node(always(stage.FirstPorts(2)), toNode(1), toNode(2)),
		sharded(stage.Shard[int]{Key: keyed("new"), Rekey: true}, toNode(2)),
		node(look, toSink(0)),
	}}
	r := stage.NewRunner(p, []stage.Output{{Place: func(m *stage.Meta) int32 {
		seen = append(seen, "place "+string(m.Key))
		return 5
	}}})
	r.Route(0, 0, &stage.Event[int]{Meta: stage.Meta{Key: []byte("old")}})
	equal(t, "keys seen", seen, []string{"new", "place new", "old", "place old"})
	equal(t, "picks", r.Picks, [][]stage.Pick{{{Partition: 5, Rekey: true, Key: []byte("new")}, {Partition: 5}}})
}

// New keys are valid until Reset, however many there are; they are used again after it.
func TestNewKeysLiveUntilReset(t *testing.T) {
	p := &stage.Program[int]{Sinks: 1, Inputs: []stage.Edge{toNode(0)}, Nodes: []stage.Node[int]{
		sharded(stage.Shard[int]{Rekey: true, Key: func(e *stage.Event[int], buf []byte) ([]byte, error) {
			return append(buf, strings.Repeat(string(rune('a'+e.Value)), 100)...), nil
		}}, toNode(1)),
		node(stage.RouterFunc[int](func(e *stage.Event[int]) (stage.Ports, error) {
			if e.Value%2 == 1 {
				return 0, errors.New("odd")
			}
			return stage.Port(0), nil
		}), toSink(0)),
	}}
	r := stage.NewRunner(p, make([]stage.Output, 1))
	for range 2 {
		r.Reset()
		for i := range 26 {
			r.Route(0, int32(i), &stage.Event[int]{Value: i})
		}
		for i := range 13 {
			equal(t, "key", string(r.Picks[0][i].Key), strings.Repeat(string(rune('a'+2*i)), 100))
			equal(t, "key of a dead letter", string(r.Rejected[i].Key), strings.Repeat(string(rune('a'+2*i+1)), 100))
		}
	}
}

func TestPortShard(t *testing.T) {
	var seen []int32
	p := &stage.Program[int]{Sinks: 2, Inputs: []stage.Edge{toNode(0)}, Nodes: []stage.Node[int]{
		sharded(stage.Shard[int]{Key: keyed("abc"), Port: func(key []byte) int { return len(key) - 2 }, Rekey: true}, toSink(0), toSink(1)),
	}}
	r := stage.NewRunner(p, make([]stage.Output, 2))
	r.OnShard = func(node int32, key []byte, shard int32) { seen = append(seen, node, int32(len(key)), shard) }
	r.Route(0, 3, &stage.Event[int]{})
	equal(t, "picks", r.Picks, [][]stage.Pick{nil, {{Index: 3, Rekey: true, Key: []byte("abc")}}})
	equal(t, "node, length of key, port", seen, []int32{0, 3, 1})
}

// Only the sharder that really places an event is told so.
func TestOnShardSeesThePlacement(t *testing.T) {
	p := &stage.Program[int]{Sinks: 1, Inputs: []stage.Edge{toNode(0)}, Nodes: []stage.Node[int]{
		sharded(stage.Shard[int]{Key: keyed("abc"), Partition: byLength}, toNode(1)),
		sharded(stage.Shard[int]{Key: keyed("abcd"), Partition: byLength}, toSink(0)),
	}}
	var seen []int32
	r := stage.NewRunner(p, []stage.Output{{Partitions: 10}})
	r.OnShard = func(node int32, key []byte, shard int32) { seen = append(seen, node, int32(len(key)), shard) }
	r.Route(0, 0, &stage.Event[int]{})
	equal(t, "node, length of key, partition", seen, []int32{1, 4, 4})
}
