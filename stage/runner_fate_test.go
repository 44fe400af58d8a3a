package stage_test

import (
	"errors"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
)

var errBroken = errors.New("broken")

// Each case is an operator between a copier and its sinks. Whatever it does, the copier's other ways stand.
func TestFates(t *testing.T) {
	all := stage.FirstPorts(2)
	for _, c := range []struct {
		name   string
		middle stage.Node[int]
		counts stage.Counts
		err    string
	}{
		{"passes", node(chooses(0), toSink(1)), stage.Counts{In: 1, Passed: 1, Emitted: []uint64{1}}, ""},
		{"passes by one port and drops by the other", node(always(all), toSink(1), drop), stage.Counts{In: 1, Passed: 1, Emitted: []uint64{1, 0}}, ""},
		{"chooses nothing", node(always(0), toSink(1)), stage.Counts{In: 1, Dropped: 1, Emitted: []uint64{0}}, ""},
		{"chooses a port that drops", node(chooses(1), toSink(1), drop), stage.Counts{In: 1, Dropped: 1, Emitted: []uint64{0, 0}}, ""},
		{"chooses the dead letters", node(chooses(1), toSink(1), deadLetter), stage.Counts{In: 1, Dead: 1, Emitted: []uint64{0, 0}}, stage.ErrDeadLetter.Error()},
		{"chooses the dead letters and more", node(always(all), toSink(1), deadLetter), stage.Counts{In: 1, Dead: 1, Emitted: []uint64{0, 0}}, stage.ErrDeadLetter.Error()},
		{"chooses a port that is not there", node(always(all), toSink(1)), stage.Counts{In: 1, Dead: 1, Emitted: []uint64{0}}, "chose port 1 of an operator with 1"},
		{"fails, with ports", node(fails(errBroken), toSink(1)), stage.Counts{In: 1, Dead: 1, Emitted: []uint64{0}}, "broken"},
		{"panics", node(panics("oh"), toSink(1)), stage.Counts{In: 1, Dead: 1, Emitted: []uint64{0}}, "panic: oh"},
		{"has a key function that fails", sharded(stage.Shard[int]{Key: func(_ *stage.Event[int], buf []byte) ([]byte, error) { return buf, errBroken }}, toSink(1)),
			stage.Counts{In: 1, Dead: 1, Emitted: []uint64{0}}, "broken"},
		{"has a shard that is not there", sharded(stage.Shard[int]{Key: keyed("k"), Port: func([]byte) int { return 64 }}, toSink(1)),
			stage.Counts{In: 1, Dead: 1, Emitted: []uint64{0}}, "chose port 64; the last possible one is 63"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, 3, node(always(stage.FirstPorts(3)), toSink(0), toNode(1), toSink(2)), c.middle)
			equal(t, "counts", r.Counts[1], c.counts)
			equal(t, "counts of the copier", r.Counts[0], stage.Counts{In: 1, Passed: 1, Emitted: []uint64{1, 1, 1}})
			picked := []int{len(r.Picks[0]), len(r.Picks[1]), len(r.Picks[2])}
			equal(t, "number of picks", picked, []int{1, int(c.counts.Passed), 1})
			if c.err == "" {
				equal(t, "number of rejections", len(r.Rejected), 0)
				return
			}
			equal(t, "number of rejections", len(r.Rejected), 1)
			got := r.Rejected[0]
			equal(t, "rejection", []any{got.Index, got.Node, got.Err.Error()}, []any{int32(7), int32(1), c.err})
		})
	}
}

// A dead letter is the event as it entered the operator: with the new key of a sharder upstream, not with its own.
func TestDeadLetterHasTheKeyItCameWith(t *testing.T) {
	first := sharded(stage.Shard[int]{Key: keyed("new"), Rekey: true}, toNode(1))
	for name, second := range map[string]stage.Node[int]{
		"error": node(fails(errBroken), toSink(0)),
		"panic": node(panics("oh"), toSink(0)),
		"word":  sharded(stage.Shard[int]{Key: keyed("newer"), Rekey: true}, deadLetter),
	} {
		r := run(t, 1, first, second)
		if len(r.Rejected) != 1 || !r.Rejected[0].Rekey || string(r.Rejected[0].Key) != "new" {
			t.Errorf("%s: rejected %+v, want the key new", name, r.Rejected)
		}
	}
	if r := run(t, 1, node(fails(errBroken), toSink(0))); r.Rejected[0].Rekey {
		t.Error("an event that no sharder gave a key has a new one in its dead letter")
	}
}

func TestPanicKeepsItsValueAndStack(t *testing.T) {
	r := run(t, 1, node(panics(errBroken), toSink(0)))
	var p *stage.PanicError
	if err := r.Rejected[0].Err; !errors.As(err, &p) || !errors.Is(err, errBroken) || len(p.Stack) == 0 {
		t.Errorf("got %#v, want a PanicError of %v with a stack", err, errBroken)
	}
}

// What the runtime injects is not an operator: its panic must not be taken for a poison event.
func TestPanicOutsideOperatorsGoesThrough(t *testing.T) {
	for name, output := range map[string]stage.Output{
		"place":     {Place: func(*stage.Meta) int32 { panic("place") }},
		"partition": {Partitions: 1},
	} {
		t.Run(name, func(t *testing.T) {
			nodes := []stage.Node[int]{node(chooses(0), toSink(0))}
			if name == "partition" {
				nodes[0] = sharded(stage.Shard[int]{Key: keyed("k"), Partition: func([]byte, int32) int32 { panic("partition") }}, toSink(0))
			}
			r := stage.NewRunner(&stage.Program[int]{Sinks: 1, Inputs: []stage.Edge{toNode(0)}, Nodes: nodes}, []stage.Output{output})
			defer func() { equal(t, "panic", recover(), any(name)) }()
			r.Route(0, 0, &stage.Event[int]{})
		})
	}
}

func TestClearCounts(t *testing.T) {
	r := run(t, 1, node(chooses(0), toSink(0)))
	r.ClearCounts()
	equal(t, "counts", r.Counts, []stage.Counts{{Emitted: []uint64{0}}})
}

func TestNewRunnerRefuses(t *testing.T) {
	wide := node(always(0))
	wide.Ports = make([]stage.Edge, stage.MaxPorts+1)
	in := []stage.Edge{toNode(0)}
	for want, p := range map[string]*stage.Program[int]{
		`input 0 leads to no node and no sink`:                          {Inputs: []stage.Edge{drop}},
		`input 0 leads to node 0 of 0`:                                  {Inputs: in},
		`input 0 leads to sink 1 of 1`:                                  {Inputs: []stage.Edge{toSink(1)}, Sinks: 1},
		`node 0 "" must have either a Router or a Shard`:                {Inputs: in, Nodes: []stage.Node[int]{{}}},
		`node 0 "" has 65 ports, 64 are possible`:                       {Inputs: in, Nodes: []stage.Node[int]{wide}},
		`node 0 "" port 0 leads to sink -1 of 1`:                        {Inputs: in, Nodes: []stage.Node[int]{node(always(0), toSink(-1))}, Sinks: 1},
		`node 0 "" port 0 has an edge of kind 9, there is none above 3`: {Inputs: in, Nodes: []stage.Node[int]{node(always(0), stage.Edge{Kind: 9})}},
		`node 0 "" is on or behind a cycle`:                             {Inputs: in, Nodes: []stage.Node[int]{node(always(0), toNode(1)), node(always(0), toNode(0))}},
	} {
		err := p.Check()
		if err == nil || err.Error() != want {
			t.Errorf("Check gave %v, want %s", err, want)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewRunner took a program of which %s", want)
				}
			}()
			stage.NewRunner(p, make([]stage.Output, p.Sinks))
		}()
	}
}
