package runtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/topology"
)

type row = stage.Event[stage.Row]

// routes is a router from a function.
type routes func(*row) (stage.Ports, error)

func (f routes) Route(e *row) (stage.Ports, error) { return f(e) }

var errBad = errors.New("division by zero")

// byKey passes an event on, but for keys that begin with drop, bad, panic or dead.
func byKey(e *row) (stage.Ports, error) {
	switch key := string(e.Key); {
	case strings.HasPrefix(key, "drop"):
		return 0, nil
	case strings.HasPrefix(key, "bad"):
		return 0, errBad
	case strings.HasPrefix(key, "panic"):
		panic("operator broke")
	case strings.HasPrefix(key, "dead"):
		return stage.Port(1), nil
	}
	return stage.Port(0), nil
}

func both(*row) (stage.Ports, error) { return stage.FirstPorts(2), nil }

func key(e *row, buf []byte) ([]byte, error) {
	return append(append(buf, "user-"...), e.Key...), nil
}

// signup is in → everyone (copier) → audit, candidates → eligible (filter) → adults → per_user (sharder) → by_user.
func signup() *topology.Pipeline {
	stream := func(name, topic string) *topology.Stream {
		s := &topology.Stream{Name: name, Managed: true}
		if topic != "" {
			s.Topics = []string{topic}
		}
		return s
	}
	in, audit, candidates := stream("signups", "in"), stream("audit", "audit"), stream("candidates", "")
	adults, byUser := stream("adults", ""), stream("by_user", "by-user")
	everyone := &topology.Operator{Name: "everyone", Type: "copier", From: []*topology.Stream{in}, To: []topology.Port{{Stream: audit}, {Stream: candidates}}}
	eligible := &topology.Operator{
		Name: "eligible", Type: "filter", From: []*topology.Stream{candidates},
		To: []topology.Port{{Stream: adults}, {Word: "dead_letter"}}, Expressions: []string{"value.age / 0 >= 18"},
	}
	perUser := &topology.Operator{Name: "per_user", Type: "sharder", From: []*topology.Stream{adults}, To: []topology.Port{{Stream: byUser}}}
	shard := sharder.Keyed(key, client.Partition)
	shard.Rekey = true
	program := &stage.Program[stage.Row]{
		Inputs: []stage.Edge{{Kind: stage.ToNode, To: 0}}, Sinks: 2,
		Nodes: []stage.Node[stage.Row]{
			{Name: "everyone", Router: routes(both), Ports: []stage.Edge{{Kind: stage.ToSink, To: 0}, {Kind: stage.ToNode, To: 1}}},
			{Name: "eligible", Router: routes(byKey), Ports: []stage.Edge{{Kind: stage.ToNode, To: 2}, {Kind: stage.DeadLetter}}},
			{Name: "per_user", Shard: shard, Ports: []stage.Edge{{Kind: stage.ToSink, To: 1}}},
		},
	}
	return &topology.Pipeline{
		Name: "signup", Revision: "abc123", Operators: []*topology.Operator{everyone, eligible, perUser},
		OnError: topology.OnError{DeadLetter: "dlq", Tolerance: -1},
		Subs: []*topology.Sub{{
			Name: "signups", Inputs: []*topology.Stream{in}, Operators: []*topology.Operator{everyone, eligible, perUser},
			Sinks: []*topology.Stream{audit, byUser}, Program: program,
		}},
	}
}

// copies is in → all (copier) → a, b, c.
func copies() *topology.Pipeline {
	in := &topology.Stream{Name: "in", Topics: []string{"in"}}
	op := &topology.Operator{Name: "all", Type: "copier", From: []*topology.Stream{in}}
	sub := &topology.Sub{Name: "in", Inputs: []*topology.Stream{in}, Operators: []*topology.Operator{op}}
	node := stage.Node[stage.Row]{Name: "all", Router: routes(func(*row) (stage.Ports, error) { return stage.FirstPorts(3), nil })}
	for i, name := range []string{"a", "b", "c"} {
		s := &topology.Stream{Name: name, Topics: []string{name}}
		op.To = append(op.To, topology.Port{Stream: s})
		sub.Sinks = append(sub.Sinks, s)
		node.Ports = append(node.Ports, stage.Edge{Kind: stage.ToSink, To: int32(i)})
	}
	sub.Program = &stage.Program[stage.Row]{Inputs: []stage.Edge{{Kind: stage.ToNode}}, Sinks: 3, Nodes: []stage.Node[stage.Row]{node}}
	return &topology.Pipeline{Name: "copies", OnError: topology.OnError{Tolerance: -1}, Subs: []*topology.Sub{sub}}
}

var even = topics.Layout{"in": 4, "audit": 4, "by-user": 8, "dlq": 4, "a": 4, "b": 4, "c": 4}

// over makes a worker that runs p over one memory.
func over(t *testing.T, p *topology.Pipeline, m *memory) *Worker {
	t.Helper()
	w, err := New(p, Options{Instance: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	w.open = func(context.Context, *topology.Sub) (transport.Transport, error) { return m, nil }
	for _, l := range w.loops {
		l.pace.every = 0 // commit after every round
	}
	return w
}

// run runs p over m to its end and gives the report.
func run(t *testing.T, p *topology.Pipeline, m *memory) Report {
	t.Helper()
	w := over(t, p, m)
	if err := w.runAll(t.Context(), even); err != nil {
		t.Fatal(err)
	}
	return w.Report()
}

// balance checks what entered an operator and what became of it.
func balance(t *testing.T, r Report, operator string, in, passed, dropped, dead uint64) {
	t.Helper()
	for _, o := range r.Subs[0].Operators {
		if o.Name == operator && (o.In != in || o.Passed != passed || o.Dropped != dropped || o.Dead != dead) {
			t.Errorf("%s: got in %d, passed %d, dropped %d, dead %d; want %d, %d, %d, %d", operator, o.In, o.Passed, o.Dropped, o.Dead, in, passed, dropped, dead)
		}
	}
}

func keys(out []written) []string {
	var all []string
	for _, w := range out {
		all = append(all, string(w.meta.Key))
	}
	return all
}

func header(w written, key string) string {
	v, _ := w.meta.Header(key)
	return string(v)
}
