package stage

import (
	"errors"
	"fmt"
	"math/bits"
	"runtime/debug"
)

// ErrDeadLetter is the reason of an event that the pipeline itself sends to the dead letters.
var ErrDeadLetter = errors.New("sent to the dead letters by the pipeline file")

// PanicError is the reason of an event on which an operator's code panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap gives the panic's value where it is an error.
func (p *PanicError) Unwrap() error { err, _ := p.Value.(error); return err }

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
	// OnShard, where set, sees each event that a sharder placed: its node, key, and port, or where it chooses no
	// port, partition. The key is valid during the call only.
	OnShard func(node int32, key []byte, shard int32)

	program *Program[T]
	onward  []Ports // by node: the ports that lead to a node or a sink
	outputs []Output
	pending []hop  // edges still to follow for the present event, the next one last
	keys    []byte // the bytes of keys made by sharders
	kept    int    // how many of keys belong to Picks and Rejected
	index   int32
	at      int32 // the node whose code runs, or nowhere
	way     hop   // the one being followed; its edge is where it began
}

const nowhere = -1

// hop is an edge to follow, with what sharders have set on the way to it.
type hop struct {
	edge   Edge
	placer int32 // the node of the last sharder that places by Partition, or nowhere
	rekey  bool  // whether the record's key is a new one
	place  span  // the key to place by
	key    span  // the record's new key
}

// span is a piece of Runner.keys; unlike a slice it holds no pointer, which makes a hop cheap to copy.
type span struct{ from, to int }

// NewRunner makes a Runner for program whose sinks are bound to outputs, one each.
// It panics where the program is not sound (Program.Check) or the outputs are not as many as its sinks.
func NewRunner[T any](program *Program[T], outputs []Output) *Runner[T] {
	if err := program.Check(); err != nil {
		panic(fmt.Sprintf("stage: bad program: %v", err))
	}
	if len(outputs) != program.Sinks {
		panic(fmt.Sprintf("stage: program has %d sinks, %d outputs given", program.Sinks, len(outputs)))
	}
	r := &Runner[T]{
		Picks: make([][]Pick, program.Sinks), Counts: make([]Counts, len(program.Nodes)),
		program: program, outputs: outputs, onward: make([]Ports, len(program.Nodes)),
		keys: make([]byte, 0, 256), at: nowhere,
	}
	for i := range program.Nodes {
		r.Counts[i].Emitted = make([]uint64, len(program.Nodes[i].Ports))
		for port, edge := range program.Nodes[i].Ports {
			if edge.Kind == ToNode || edge.Kind == ToSink {
				r.onward[i] |= Port(port)
			}
		}
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
	r.kept = 0
}

// ClearCounts sets all counts to zero.
func (r *Runner[T]) ClearCounts() {
	for i := range r.Counts {
		emitted := r.Counts[i].Emitted
		clear(emitted)
		r.Counts[i] = Counts{Emitted: emitted}
	}
}

// Route carries e, the event number index of its batch, from an input to wherever it goes. Behind a sharder that gives a
// new key, operators see that key in e; when Route returns, e is as it was.
//
// A panic of an operator rejects the event there and the event's other ways go on. A panic of Output.Place or
// Shard.Partition is no fault of the event's and goes through.
func (r *Runner[T]) Route(input int, index int32, e *Event[T]) {
	key := e.Key
	r.index, r.keys = index, r.keys[:r.kept]
	r.pending = append(r.pending[:0], hop{edge: r.program.Inputs[input], placer: nowhere})
	for !r.follow(e, key) {
	}
	e.Key = key
}

// follow empties pending. It returns false where a panic interrupted it; the rest of pending still stands.
func (r *Runner[T]) follow(e *Event[T], key []byte) (done bool) {
	defer func() {
		if done || r.at == nowhere {
			return
		}
		if v := recover(); v != nil {
			r.reject(&PanicError{Value: v, Stack: debug.Stack()})
		}
	}()
	for last := len(r.pending) - 1; last >= 0; last = len(r.pending) - 1 {
		r.way = r.pending[last]
		r.pending = r.pending[:last]
		if e.Key = key; r.way.rekey {
			e.Key = r.bytes(r.way.key)
		}
		r.walk(e)
	}
	return true
}

// walk follows one way until the event ends; where it leaves by several ports, all but the first become pending.
func (r *Runner[T]) walk(e *Event[T]) {
	edge := r.way.edge
	for edge.Kind == ToNode {
		id := edge.To
		node, counts := &r.program.Nodes[id], &r.Counts[id]
		counts.In++
		r.at = id
		start := len(r.keys)
		var ports Ports
		var err error
		if node.Shard == nil {
			ports, err = node.Router.Route(e)
		} else {
			ports, err = r.shard(node.Shard, e)
		}
		if err == nil && ports&^r.onward[id] != 0 {
			ports, err = r.aside(node, ports)
		}
		if err != nil {
			r.reject(err)
			return
		}
		if ports == 0 {
			counts.Dropped++
			r.at = nowhere
			return
		}
		if node.Shard != nil {
			r.mark(node.Shard, span{start, len(r.keys)}, ports, e)
		}
		r.at = nowhere
		counts.Passed++
		first := bits.TrailingZeros64(uint64(ports))
		counts.Emitted[first]++
		if ports&(ports-1) != 0 {
			r.branch(node, counts, ports&(ports-1))
		}
		edge = node.Ports[first]
	}
	r.pick(edge.To, e)
}

// shard makes the key of a sharder, the last of r.keys, and gives its port.
func (r *Runner[T]) shard(s *Shard[T], e *Event[T]) (Ports, error) {
	start := len(r.keys)
	keys, err := s.Key(e, r.keys)
	if err != nil {
		return 0, err
	}
	if len(keys) < start {
		return 0, fmt.Errorf("the key function gave %d bytes for a buffer of %d; it must append", len(keys), start)
	}
	r.keys = keys
	if s.Port == nil {
		return Port(0), nil
	}
	port := s.Port(r.bytes(span{start, len(keys)}))
	if port < 0 || port >= MaxPorts {
		return 0, fmt.Errorf("chose port %d; the last possible one is %d", port, MaxPorts-1)
	}
	return Port(port), nil
}

// aside handles ports that do not all lead on: it gives those that do, or the error that rejects the event.
func (r *Runner[T]) aside(node *Node[T], ports Ports) (Ports, error) {
	if beyond := ports &^ FirstPorts(len(node.Ports)); beyond != 0 {
		return 0, fmt.Errorf("chose port %d of an operator with %d", bits.TrailingZeros64(uint64(beyond)), len(node.Ports))
	}
	for rest := ports; rest != 0; rest &= rest - 1 {
		if node.Ports[bits.TrailingZeros64(uint64(rest))].Kind == DeadLetter {
			return 0, ErrDeadLetter
		}
	}
	return ports & r.onward[r.at], nil
}

// mark notes what a sharder has set for the rest of the way.
func (r *Runner[T]) mark(s *Shard[T], key span, ports Ports, e *Event[T]) {
	if s.Port != nil && r.OnShard != nil {
		r.OnShard(r.at, r.bytes(key), int32(bits.TrailingZeros64(uint64(ports))))
	}
	if s.Partition != nil {
		r.way.placer, r.way.place = r.at, key
	}
	if s.Rekey {
		r.way.rekey, r.way.key = true, key
		e.Key = r.bytes(key)
	}
}

// branch counts ports and makes them pending, so that they are followed in order.
func (r *Runner[T]) branch(node *Node[T], counts *Counts, ports Ports) {
	for rest := ports; rest != 0; {
		port := MaxPorts - 1 - bits.LeadingZeros64(uint64(rest))
		rest &^= Port(port)
		counts.Emitted[port]++
		r.pending = append(r.pending, r.way)
		r.pending[len(r.pending)-1].edge = node.Ports[port]
	}
}

// pick notes that the event reached a sink, and the partition it goes to there.
func (r *Runner[T]) pick(sink int32, e *Event[T]) {
	output := &r.outputs[sink]
	p := Pick{Index: r.index, Partition: output.Fixed}
	if placer := r.way.placer; placer != nowhere {
		shard, key := r.program.Nodes[placer].Shard, r.bytes(r.way.place)
		p.Partition = shard.Partition(key, output.Partitions)
		if shard.Port == nil && r.OnShard != nil {
			r.OnShard(placer, key, p.Partition)
		}
	} else if output.Place != nil {
		p.Partition = output.Place(&e.Meta)
	}
	if r.way.rekey {
		p.Rekey, p.Key = true, r.keep(r.way.key)
	}
	r.Picks[sink] = append(r.Picks[sink], p)
}

// reject notes that the node at work could not handle the event.
func (r *Runner[T]) reject(err error) {
	rejected := Rejected{Index: r.index, Node: r.at, Err: err}
	if r.way.rekey {
		rejected.Rekey, rejected.Key = true, r.keep(r.way.key)
	}
	r.Counts[r.at].Dead++
	r.Rejected = append(r.Rejected, rejected)
	r.at = nowhere
}

func (r *Runner[T]) bytes(s span) []byte { return r.keys[s.from:s.to:s.to] }

// keep gives the bytes of a key and lets them live until Reset.
func (r *Runner[T]) keep(s span) []byte {
	r.kept = len(r.keys)
	return r.bytes(s)
}
