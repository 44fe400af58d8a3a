package stage

import (
	"errors"
	"fmt"
	"math/bits"
	"runtime/debug"
	"slices"
)

// ErrDeadLetter is the reason of an event that the pipeline itself sends to the dead letters.
var ErrDeadLetter = errors.New("sent to the dead letters by the pipeline file")

// PanicError is the reason of an event on which an operator's code panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Runner carries events through a Program for one task and collects what becomes of them. It is used by one goroutine.
//
// Use it batch by batch: Reset, then Route for each event in order, then read Picks and Rejected.
// Since an error or a panic leaves an operator before any of its ports is followed, what it had chosen is never
// half done; its siblings and everything upstream stand.
type Runner[T any] struct {
	// Picks are the events that reached each sink since Reset, in order.
	Picks [][]Pick
	// Rejected are the events that became dead letters since Reset.
	Rejected []Rejected
	// Counts are by node, since the Runner was made or ClearCounts was called.
	Counts []Counts
	// OnShard, where set, sees each event that a sharder placed: its node, key, and port or partition.
	OnShard func(node int32, key []byte, shard int32)

	program *Program[T]
	outputs []Output
	pending []hop // edges still to follow for the present event, the next one last
	keys    []byte
	index   int32
	at      int32 // the node at work
}

// hop is an edge to follow, with the key that a sharder has set on the way to it.
type hop struct {
	edge  Edge
	shard int32 // the node of the last sharder, or -1
	key   []byte
}

// NewRunner makes a Runner for program whose sinks are bound to outputs, one each.
func NewRunner[T any](program *Program[T], outputs []Output) *Runner[T] {
	if len(outputs) != program.Sinks {
		panic(fmt.Sprintf("stage: program has %d sinks, %d outputs given", program.Sinks, len(outputs)))
	}
	r := &Runner[T]{
		Picks: make([][]Pick, program.Sinks), Counts: make([]Counts, len(program.Nodes)),
		program: program, outputs: outputs,
	}
	for i := range r.Counts {
		r.Counts[i].Emitted = make([]uint64, len(program.Nodes[i].Ports))
	}
	return r
}

// Reset forgets the picks and rejections of the last batch, and keeps their memory.
func (r *Runner[T]) Reset() {
	for i := range r.Picks {
		r.Picks[i] = r.Picks[i][:0]
	}
	clear(r.Rejected)
	r.Rejected = r.Rejected[:0]
	r.keys = r.keys[:0]
}

// ClearCounts sets all counts to zero.
func (r *Runner[T]) ClearCounts() {
	for i := range r.Counts {
		emitted := r.Counts[i].Emitted
		clear(emitted)
		r.Counts[i] = Counts{Emitted: emitted}
	}
}

// Route carries e, the event number index of its batch, from an input to wherever it goes.
// A panic of an operator rejects the event there and the event's other ways go on.
func (r *Runner[T]) Route(input int, index int32, e *Event[T]) {
	r.index = index
	r.pending = append(r.pending[:0], hop{edge: r.program.Inputs[input], shard: -1})
	for !r.follow(e) {
	}
}

// follow empties pending. It returns false where a panic interrupted it; the rest of pending still stands.
func (r *Runner[T]) follow(e *Event[T]) (done bool) {
	defer func() {
		if done {
			return
		}
		if v := recover(); v != nil {
			r.reject(r.at, &PanicError{Value: v, Stack: debug.Stack()})
		}
	}()
	for len(r.pending) > 0 {
		last := len(r.pending) - 1
		h := r.pending[last]
		r.pending = r.pending[:last]
		r.walk(h, e)
	}
	return true
}

// walk follows one edge until the event ends; where it leaves by several ports, all but the first become pending.
func (r *Runner[T]) walk(h hop, e *Event[T]) {
	for h.edge.Kind == ToNode {
		id := h.edge.To
		node := &r.program.Nodes[id]
		r.at = id
		r.Counts[id].In++
		ports, err := r.route(node, &h, e)
		if err != nil {
			r.reject(id, err)
			return
		}
		if !r.leave(node, ports, &h) {
			return
		}
	}
	r.pick(h, e)
}

// route asks the node for its ports; a sharder sets the key in h, or chooses a port by it.
func (r *Runner[T]) route(node *Node[T], h *hop, e *Event[T]) (Ports, error) {
	if node.Shard == nil {
		return node.Router.Route(e)
	}
	start := len(r.keys)
	keys, err := node.Shard.Key(e, r.keys)
	if err != nil {
		return 0, err
	}
	r.keys = keys
	key := keys[start:len(keys):len(keys)]
	if node.Shard.Port == nil {
		h.shard, h.key = r.at, key
		return Port(0), nil
	}
	port := node.Shard.Port(key)
	if r.OnShard != nil {
		r.OnShard(r.at, key, int32(port))
	}
	return Port(port), nil
}

// leave counts how the event left a node and puts the first way into h. It returns false where no way goes on.
func (r *Runner[T]) leave(node *Node[T], ports Ports, h *hop) bool {
	counts := &r.Counts[r.at]
	var first Edge
	from, dead := len(r.pending), false
	for rest := ports; rest != 0; rest &= rest - 1 {
		port := bits.TrailingZeros64(uint64(rest))
		switch edge := node.Ports[port]; edge.Kind {
		case Drop:
		case DeadLetter:
			dead = true
		default:
			counts.Emitted[port]++
			if first.Kind == Drop {
				first = edge
			} else {
				r.pending = append(r.pending, hop{edge: edge, shard: h.shard, key: h.key})
			}
		}
	}
	slices.Reverse(r.pending[from:])
	switch {
	case first.Kind != Drop:
		counts.Passed++
		h.edge = first
		return true
	case dead:
		r.reject(r.at, ErrDeadLetter)
	default:
		counts.Dropped++
	}
	return false
}

// pick notes that the event reached a sink, and the partition it goes to there.
func (r *Runner[T]) pick(h hop, e *Event[T]) {
	sink, output := h.edge.To, &r.outputs[h.edge.To]
	p := Pick{Index: r.index, Partition: output.Fixed}
	var shard *Shard[T]
	if h.shard >= 0 {
		shard = r.program.Nodes[h.shard].Shard
	}
	switch {
	case shard != nil && shard.Partition != nil:
		p.Partition = shard.Partition(h.key, output.Partitions)
		if r.OnShard != nil {
			r.OnShard(h.shard, h.key, p.Partition)
		}
	case output.Place != nil:
		p.Partition = output.Place(&e.Meta)
	}
	if shard != nil && shard.Rekey {
		p.Rekey, p.Key = true, h.key
	}
	r.Picks[sink] = append(r.Picks[sink], p)
}

func (r *Runner[T]) reject(node int32, err error) {
	r.Counts[node].Dead++
	r.Rejected = append(r.Rejected, Rejected{Index: r.index, Node: node, Err: err})
}
