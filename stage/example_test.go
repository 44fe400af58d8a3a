package stage_test

import (
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/copier"
	"github.com/anabranch-go/anabranch/stage/filter"
	"github.com/anabranch-go/anabranch/stage/sharder"
)

// Three operators fused into one program: everything goes to the audit, and the adults by their name to a second topic.
func ExampleRunner() {
	everyone, err := copier.Of[Signup](2)
	if err != nil {
		panic(err)
	}
	adults := filter.Of(func(e *stage.Event[Signup]) bool { return e.Value.Age >= 18 })
	perUser := sharder.Keyed(func(e *stage.Event[Signup], buf []byte) ([]byte, error) {
		return sharder.AppendString(buf, e.Value.User), nil
	}, sharder.Rendezvous)

	sinks := []string{"audit", "by-user"}
	program := &stage.Program[Signup]{
		Inputs: []stage.Edge{{Kind: stage.ToNode, To: 0}},
		Nodes: []stage.Node[Signup]{
			{Name: "everyone", Router: everyone, Ports: []stage.Edge{{Kind: stage.ToSink, To: 0}, {Kind: stage.ToNode, To: 1}}},
			{Name: "adults", Router: adults, Ports: []stage.Edge{{Kind: stage.ToNode, To: 2}}},
			{Name: "per_user", Shard: perUser, Ports: []stage.Edge{{Kind: stage.ToSink, To: 1}}},
		},
		Sinks: len(sinks),
	}
	runner := stage.NewRunner(program, []stage.Output{{Partitions: 4}, {Partitions: 8}})
	batch := []stage.Event[Signup]{{Value: Signup{"ada", 36}}, {Value: Signup{"bob", 15}}, {Value: Signup{"cyd", 18}}}
	runner.Reset()
	for i := range batch {
		runner.Route(0, int32(i), &batch[i])
	}
	for sink, picks := range runner.Picks {
		for _, pick := range picks {
			fmt.Printf("%s/%d: %s\n", sinks[sink], pick.Partition, batch[pick.Index].Value.User)
		}
	}
	fmt.Println("dropped by adults:", runner.Counts[1].Dropped)
	// Output:
	// audit/0: ada
	// audit/0: bob
	// audit/0: cyd
	// by-user/2: ada
	// by-user/5: cyd
	// dropped by adults: 1
}
