package stage

// Program is a fused piece of a pipeline: a graph of operators through which a Runner carries one event at a time.
// It is read-only and shared by tasks.
//
// Nodes are reached by edges. A node may be reached by several edges: an event that comes twice is carried on twice, as
// if every stream were a topic. The graph has no cycle.
type Program[T any] struct {
	Inputs []Edge // where an event of each input goes first
	Nodes  []Node[T]
	Sinks  int // how many sinks the edges name: 0 to Sinks-1
}

// Node is one operator of a Program: either a Router or a Shard.
type Node[T any] struct {
	Name   string
	Router Router[T]
	Shard  *Shard[T]
	Ports  []Edge // by port number
}

// Edge says where a port leads.
type Edge struct {
	Kind EdgeKind
	To   int32 // the node or the sink
}

// EdgeKind is what an Edge leads to.
type EdgeKind uint8

// An edge leads to another operator, out of the program, nowhere, or to the dead letters. The zero Edge drops.
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
	// Port chooses among several streams. Nil: everything goes to port 0, and Partition decides at the sink.
	Port func(key []byte) int
	// Partition chooses one of n partitions at whichever sink the event reaches.
	Partition func(key []byte, n int32) int32
	// Rekey makes the key's bytes the record's key.
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

// Rejected is one event that an operator could not handle. It is a dead letter.
type Rejected struct {
	Index int32 // of the event in its batch
	Node  int32 // the operator, an index of Program.Nodes
	Err   error
}

// Counts is the fate of the events that entered one operator: In = Passed + Dropped + Dead always holds.
// Emitted counts what left by each port.
type Counts struct {
	In, Passed, Dropped, Dead uint64
	Emitted                   []uint64
}
