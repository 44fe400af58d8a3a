package stage_test

import (
	"fmt"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// outcome is what an operator of a random graph does with an event. Index n of a table is for events of value n.
type outcome struct {
	Ports stage.Ports
	Err   bool
	Panic bool
}

// table is an operator that does what was drawn for it. Where Shard is set it is a sharder with a key of Value's choice.
type table struct {
	Outcomes []outcome
	Shard    bool
	Rekey    bool
	ToPort   bool
}

func (o table) Route(e *stage.Event[int]) (stage.Ports, error) {
	do := o.Outcomes[e.Value]
	switch {
	case do.Panic:
		panic(fmt.Sprint("value ", e.Value))
	case do.Err:
		return do.Ports, errBroken
	}
	return do.Ports, nil
}

func (o table) key(e *stage.Event[int], buf []byte) ([]byte, error) {
	_, err := o.Route(e)
	return append(buf, fmt.Sprint(e.Value, "of", string(e.Key))...), err
}

// graph draws a program in which edges lead only to later nodes, and the tables of its nodes.
func graph(t *rapid.T, events int) (*stage.Program[int], []table) {
	nodes := rapid.IntRange(1, 8).Draw(t, "nodes")
	p := &stage.Program[int]{Sinks: rapid.IntRange(1, 3).Draw(t, "sinks")}
	edge := func(after int, lossy bool) stage.Edge {
		kinds := []stage.EdgeKind{stage.ToSink}
		if after < nodes {
			kinds = append(kinds, stage.ToNode, stage.ToNode)
		}
		if lossy {
			kinds = append(kinds, stage.Drop, stage.DeadLetter)
		}
		switch kind := rapid.SampledFrom(kinds).Draw(t, "kind"); kind {
		case stage.ToSink:
			return toSink(rapid.IntRange(0, p.Sinks-1).Draw(t, "sink"))
		case stage.ToNode:
			return toNode(rapid.IntRange(after, nodes-1).Draw(t, "node"))
		default:
			return stage.Edge{Kind: kind}
		}
	}
	for range rapid.IntRange(1, 2).Draw(t, "inputs") {
		p.Inputs = append(p.Inputs, edge(0, false))
	}
	tables := make([]table, nodes)
	for i := range nodes {
		o := &tables[i]
		o.Shard = rapid.IntRange(0, 3).Draw(t, "shard") == 0
		o.Rekey, o.ToPort = rapid.Bool().Draw(t, "rekey"), rapid.Bool().Draw(t, "to port")
		n := node(*o)
		for range rapid.IntRange(1, 4).Draw(t, "ports") {
			n.Ports = append(n.Ports, edge(i+1, true))
		}
		for range events {
			do := rapid.IntRange(0, 9).Draw(t, "do")
			ports := rapid.Uint64Range(0, 1<<len(n.Ports)-1).Draw(t, "chosen")
			if do == 2 {
				ports |= 1 << 40
			}
			o.Outcomes = append(o.Outcomes, outcome{Ports: stage.Ports(ports), Err: do == 0, Panic: do == 1})
		}
		n.Router = *o
		if o.Shard {
			n.Router, n.Shard = nil, &stage.Shard[int]{Key: o.key, Rekey: o.Rekey}
			if ports := len(n.Ports); o.ToPort {
				n.Shard.Port = func(key []byte) int { return len(key) % ports }
			} else {
				n.Shard.Partition = byLength
			}
		}
		p.Nodes = append(p.Nodes, n)
	}
	return p, tables
}

// model does what a Runner does, recursively and without a care for cost.
type model struct {
	p        *stage.Program[int]
	tables   []table
	picks    [][]stage.Pick
	rejected []stage.Rejected
	counts   []stage.Counts
}

// at is an event on its way: what sharders have set so far.
type at struct {
	index   int32
	value   int
	key     string
	rekeyed bool
	place   string
	placed  bool
}

func (m *model) follow(edge stage.Edge, a at) {
	if edge.Kind == stage.ToSink {
		pick := stage.Pick{Index: a.index, Partition: 99}
		if a.placed {
			pick.Partition = byLength([]byte(a.place), 100)
		}
		if a.rekeyed {
			pick.Rekey, pick.Key = true, []byte(a.key)
		}
		m.picks[edge.To] = append(m.picks[edge.To], pick)
		return
	}
	node, o, counts := m.p.Nodes[edge.To], m.tables[edge.To], &m.counts[edge.To]
	do := o.Outcomes[a.value]
	key := fmt.Sprint(a.value, "of", a.key)
	if o.Shard {
		do.Ports = stage.Port(0)
		if o.ToPort {
			do.Ports = stage.Port(len(key) % len(node.Ports))
		}
	}
	counts.In++
	dead, onward := do.Err || do.Panic, []int(nil)
	for port := range stage.MaxPorts {
		switch {
		case !do.Ports.Has(port):
		case port >= len(node.Ports), node.Ports[port].Kind == stage.DeadLetter:
			dead = true
		case node.Ports[port].Kind != stage.Drop:
			onward = append(onward, port)
		}
	}
	switch {
	case dead:
		counts.Dead++
		rejected := stage.Rejected{Index: a.index, Node: edge.To, Rekey: a.rekeyed}
		if a.rekeyed {
			rejected.Key = []byte(a.key)
		}
		m.rejected = append(m.rejected, rejected)
		return
	case len(onward) == 0:
		counts.Dropped++
		return
	}
	counts.Passed++
	if o.Shard && !o.ToPort {
		a.place, a.placed = key, true
	}
	if o.Shard && o.Rekey {
		a.key, a.rekeyed = key, true
	}
	for _, port := range onward {
		counts.Emitted[port]++
		m.follow(node.Ports[port], a)
	}
}

// A Runner does what the model does on any graph, batch after batch, and its counts balance.
func TestRunnerLikeModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const batch, batches = 4, 2
		p, tables := graph(t, batch*batches)
		outputs := make([]stage.Output, p.Sinks)
		for i := range outputs {
			outputs[i] = stage.Output{Partitions: 100, Fixed: 99}
		}
		r := stage.NewRunner(p, outputs)
		m := &model{p: p, tables: tables, counts: make([]stage.Counts, len(p.Nodes))}
		for i := range m.counts {
			m.counts[i].Emitted = make([]uint64, len(p.Nodes[i].Ports))
		}
		dead := 0
		for b := range batches {
			r.Reset()
			m.picks, m.rejected = make([][]stage.Pick, p.Sinks), nil
			for i := range batch {
				value, key := b*batch+i, "k"
				input := value % len(p.Inputs)
				r.Route(input, int32(i), &stage.Event[int]{Meta: stage.Meta{Key: []byte(key)}, Value: value})
				m.follow(p.Inputs[input], at{index: int32(i), value: value, key: key})
			}
			for s := range r.Picks {
				same(t, "picks", r.Picks[s], m.picks[s])
			}
			got := append([]stage.Rejected(nil), r.Rejected...)
			for i := range got {
				got[i].Err = nil
			}
			same(t, "rejected", got, m.rejected)
			dead += len(got)
		}
		same(t, "counts", r.Counts, m.counts)
		for i, c := range r.Counts {
			if dead -= int(c.Dead); c.In != c.Passed+c.Dropped+c.Dead {
				t.Fatalf("node %d: in %d, passed %d, dropped %d, dead %d", i, c.In, c.Passed, c.Dropped, c.Dead)
			}
		}
		if dead != 0 {
			t.Fatalf("%d more rejections than the operators count as dead", dead)
		}
	})
}

func same[E any](t *rapid.T, what string, got, want []E) {
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func TestRunnerAllocatesNothing(t *testing.T) {
	p := &stage.Program[int]{Sinks: 2, Inputs: []stage.Edge{toNode(0)}, Nodes: []stage.Node[int]{
		node(always(stage.FirstPorts(3)), toNode(1), toSink(0), toNode(3)),
		sharded(stage.Shard[int]{Key: keyed("a key"), Partition: byLength, Rekey: true}, toNode(2)),
		node(chooses(0), toSink(1)),
		node(fails(errBroken), toSink(1)),
	}}
	r := stage.NewRunner(p, []stage.Output{{Partitions: 4}, {Partitions: 4}})
	r.OnShard = func(int32, []byte, int32) {}
	events := make([]stage.Event[int], 100)
	allocs := testing.AllocsPerRun(10, func() {
		r.Reset()
		for i := range events {
			r.Route(0, int32(i), &events[i])
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for 100 events, want none", allocs)
	}
}
