package stage

import (
	"errors"
	"fmt"
)

// Program is a fused piece of a pipeline: a graph of operators through which a Runner carries one event at a time.
// It is read-only and shared by tasks.
//
// Nodes are reached by edges. A node may be reached by several edges: an event that comes twice is carried on twice, as
// if every stream were a topic. The graph has no cycle.
type Program[T any] struct {
	Inputs []Edge // where an event of each input goes first: to a node or a sink
	Nodes  []Node[T]
	Sinks  int // how many sinks the edges name: 0 to Sinks-1
}

// Node is one operator of a Program: either a Router or a Shard.
type Node[T any] struct {
	Name   string
	Router Router[T]
	Shard  *Shard[T]
	Ports  []Edge // by port number; at most MaxPorts
}

// Edge says where a port leads.
type Edge struct {
	Kind EdgeKind
	To   int32 // the node or the sink
}

// EdgeKind is what an Edge leads to.
type EdgeKind uint8

// An edge leads to another operator, out of the program, nowhere, or to the dead letters. The zero Edge drops.
// A port that leads to the dead letters rejects the event: then no other port counts, as with an error.
const (
	Drop EdgeKind = iota
	ToNode
	ToSink
	DeadLetter
)

// Shard is what makes a node a sharder: it places events by the bytes of a key.
type Shard[T any] struct {
	// Key appends the key's bytes to buf. An error rejects the event.
	Key func(e *Event[T], buf []byte) ([]byte, error)
	// Port chooses among several streams. Nil: everything goes to port 0.
	Port func(key []byte) int
	// Partition chooses one of n partitions at whichever sink the event reaches, unless a later sharder with a Partition
	// lies between. Nil: an earlier sharder's choice stands, and without one the sink's own.
	Partition func(key []byte, n int32) int32
	// Rekey makes the key's bytes the record's key, for the operators behind this one too.
	Rekey bool
}

// Output is a sink as one task sees it: the number of its partitions, and where an event goes that no sharder placed.
type Output struct {
	Partitions int32
	Place      func(*Meta) int32 // nil: always Fixed
	Fixed      int32
}

// Pick is one event of a batch that goes to a sink.
type Pick struct {
	Index     int32 // of the event in its batch
	Partition int32
	Rekey     bool
	Key       []byte // the new key where Rekey; valid until the Runner's next Reset
}

// Rejected is one event that an operator could not handle. It is a dead letter: the event as it entered the operator.
type Rejected struct {
	Index int32 // of the event in its batch
	Node  int32 // the operator, an index of Program.Nodes
	Err   error
	Rekey bool   // whether a sharder upstream had given the event a new key
	Key   []byte // the new key where Rekey; valid until the Runner's next Reset
}

// Counts is the fate of the events that entered one operator: In = Passed + Dropped + Dead always holds, and the Dead of
// all operators are as many as the Rejected. Emitted counts what left by each port to a node or a sink.
type Counts struct {
	In, Passed, Dropped, Dead uint64
	Emitted                   []uint64
}

// Check tells what is wrong with a program that was not put together as the types above ask; nil where nothing is.
func (p *Program[T]) Check() error {
	var wrong []error
	for i, edge := range p.Inputs {
		if edge.Kind != ToNode && edge.Kind != ToSink {
			wrong = append(wrong, fmt.Errorf("input %d leads to no node and no sink", i))
		}
		wrong = append(wrong, p.checkEdge(fmt.Sprintf("input %d", i), edge))
	}
	for i := range p.Nodes {
		node := &p.Nodes[i]
		where := fmt.Sprintf("node %d %q", i, node.Name)
		if (node.Router == nil) == (node.Shard == nil) {
			wrong = append(wrong, fmt.Errorf("%s must have either a Router or a Shard", where))
		}
		if len(node.Ports) > MaxPorts {
			wrong = append(wrong, fmt.Errorf("%s has %d ports, %d are possible", where, len(node.Ports), MaxPorts))
		}
		for port, edge := range node.Ports {
			wrong = append(wrong, p.checkEdge(fmt.Sprintf("%s port %d", where, port), edge))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	return p.checkCycles()
}

func (p *Program[T]) checkEdge(where string, edge Edge) error {
	switch {
	case edge.Kind > DeadLetter:
		return fmt.Errorf("%s has an edge of kind %d, there is none above %d", where, edge.Kind, DeadLetter)
	case edge.Kind == ToNode && (edge.To < 0 || int(edge.To) >= len(p.Nodes)):
		return fmt.Errorf("%s leads to node %d of %d", where, edge.To, len(p.Nodes))
	case edge.Kind == ToSink && (edge.To < 0 || int(edge.To) >= p.Sinks):
		return fmt.Errorf("%s leads to sink %d of %d", where, edge.To, p.Sinks)
	}
	return nil
}

// checkCycles takes away node after node that no remaining edge leads to; what cannot be taken away is on or behind a
// cycle (Kahn 1962).
func (p *Program[T]) checkCycles() error {
	edgesTo := make([]int, len(p.Nodes))
	for i := range p.Nodes {
		for _, edge := range p.Nodes[i].Ports {
			if edge.Kind == ToNode {
				edgesTo[edge.To]++
			}
		}
	}
	var free []int32
	for i, n := range edgesTo {
		if n == 0 {
			free = append(free, int32(i))
		}
	}
	for next := 0; next < len(free); next++ {
		for _, edge := range p.Nodes[free[next]].Ports {
			if edge.Kind != ToNode {
				continue
			}
			if edgesTo[edge.To]--; edgesTo[edge.To] == 0 {
				free = append(free, edge.To)
			}
		}
	}
	for i, n := range edgesTo {
		if n > 0 {
			return fmt.Errorf("node %d %q is on or behind a cycle", i, p.Nodes[i].Name)
		}
	}
	return nil
}
