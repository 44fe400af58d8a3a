package stage_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/stage"
)

// sharderNode places by the event's value, and goes on by one port.
func sharderNode(to stage.Edge) stage.Node[int] {
	return stage.Node[int]{Name: "sharder", Ports: []stage.Edge{to}, Shard: &stage.Shard[int]{
		Key:       func(e *stage.Event[int], buf []byte) ([]byte, error) { return append(buf, byte(e.Value)), nil },
		Partition: func(key []byte, n int32) int32 { return int32(key[0]) % n },
	}}
}

// An event that an operator rejected, and that enters there when the operator has been mended, ends up where it would have
// been had the operator been right from the beginning.
func TestEnterGoesOnWhereRouteStopped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "operators")
		broken := rapid.IntRange(0, n-1).Draw(t, "broken")
		wrong := true
		p := &stage.Program[int]{Sinks: 1, Inputs: []stage.Edge{toNode(0)}}
		for i := range n {
			next := toNode(i + 1)
			if i == n-1 {
				next = toSink(0)
			}
			switch {
			case i != broken && rapid.Bool().Draw(t, "sharder"):
				p.Nodes = append(p.Nodes, sharderNode(next))
			default:
				p.Nodes = append(p.Nodes, node(stage.RouterFunc[int](func(*stage.Event[int]) (stage.Ports, error) {
					if i == broken && wrong {
						return 0, errors.New("broken")
					}
					return stage.Port(0), nil
				}), next))
			}
		}
		outputs := []stage.Output{{Partitions: 7, Fixed: 5}}
		e := &stage.Event[int]{Value: rapid.IntRange(0, 255).Draw(t, "value")}
		r := stage.NewRunner(p, outputs)
		r.Route(0, 3, e)
		if len(r.Rejected) != 1 || r.Rejected[0].Node != int32(broken) {
			t.Fatalf("rejected %v", r.Rejected)
		}
		wrong = false
		again, never := stage.NewRunner(p, outputs), stage.NewRunner(p, outputs)
		if err := again.Enter(int32(broken), 3, e); err != nil {
			t.Fatal(err)
		}
		never.Route(0, 3, e)
		if got, want := fmt.Sprint(again.Picks), fmt.Sprint(never.Picks); got != want {
			t.Fatalf("%s; want %s", got, want)
		}
		for i := range broken {
			if again.Counts[i].In != 0 {
				t.Fatalf("operator %d was entered", i)
			}
		}
	})
}

func TestEnterWithoutAWayToPlace(t *testing.T) {
	pass := node(always(stage.Port(0)), toNode(2))
	p := &stage.Program[int]{Sinks: 1, Inputs: []stage.Edge{toNode(0), toNode(1)}, Nodes: []stage.Node[int]{
		sharderNode(toNode(2)), pass, node(always(stage.Port(0)), toSink(0)),
	}}
	r := stage.NewRunner(p, []stage.Output{{Partitions: 2}})
	if err := r.Enter(2, 0, &stage.Event[int]{}); err == nil || len(r.Picks[0]) != 0 {
		t.Errorf("%v, %d picks; one way has a sharder and one has none", err, len(r.Picks[0]))
	}
	if err := r.Enter(1, 0, &stage.Event[int]{}); err != nil || len(r.Picks[0]) != 1 {
		t.Errorf("%v, %d picks", err, len(r.Picks[0]))
	}
	p.Nodes[0].Shard.Key = func(*stage.Event[int], []byte) ([]byte, error) { return nil, errors.New("no key") }
	p.Nodes[1].Ports[0] = toSink(0)
	if err := stage.NewRunner(p, []stage.Output{{Partitions: 2}}).Enter(2, 0, &stage.Event[int]{}); err == nil {
		t.Error("the sharder's key cannot be made, and nothing is said")
	}
}
