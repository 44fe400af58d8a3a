package trace

import (
	"bytes"
	"fmt"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// Tracer traces events through one pipeline. It is used by one goroutine at a time.
type Tracer struct {
	pipeline  *topology.Pipeline
	layout    topics.Layout
	recorders map[*topology.Sub]*recorder
}

// New makes a Tracer for p, whose topics have the partitions that layout says; it must know all of them but that of the dead
// letters. p must have been read with a Partitioner.
func New(p *topology.Pipeline, layout topics.Layout) *Tracer {
	return &Tracer{pipeline: p, layout: layout, recorders: map[*topology.Sub]*recorder{}}
}

// Event traces the record m with value, which stands in a topic of stream, at m.Origin. It gives the first operator that it comes
// to; nil where the pipeline does not read the stream. What the operators write is followed through the topics in between.
func (t *Tracer) Event(stream *topology.Stream, m stage.Meta, value []byte) *Step {
	for _, sub := range t.pipeline.Subs {
		if i := input(sub, stream); i >= 0 {
			return t.event(sub, i, m, value)
		}
	}
	return nil
}

func (t *Tracer) event(sub *topology.Sub, input int, m stage.Meta, value []byte) *Step {
	r := t.recorders[sub]
	if r == nil {
		r = newRecorder(sub)
		t.recorders[sub] = r
	}
	e := &event{Meta: m}
	if sub.Projection != nil {
		sub.Projection.Read(value, &e.Value)
	}
	r.run(input, e, runtime.Outputs(sub, t.layout, m.Origin.Partition))
	w := &walk{tracer: t, recorder: r, event: m, picked: make([]int, len(r.runner.Picks))}
	first := w.follow(sub.Program.Inputs[input], nil)
	if w.next != len(r.visits) {
		panic(fmt.Sprintf("trace: %d of %d visits of %s lie on no way", len(r.visits)-w.next, len(r.visits), sub.Name))
	}
	for _, a := range w.arrivals { // the recorder is free again
		if a.Stream.Reader == nil {
			continue
		}
		there := m
		there.Key, there.Origin = a.Key, stage.Origin{Topic: a.Stream.Topic(), Partition: a.Partition, Offset: Unknown}
		a.Next = t.Event(a.Stream, there, value)
	}
	return first.Next
}

// walk puts the visits of a recorder together: a Runner goes on with the first port at once, and comes back to the others in their
// order, so that the visits stand as in a tree that is read from the top.
type walk struct {
	tracer   *Tracer
	recorder *recorder
	event    stage.Meta
	next     int   // visit
	picked   []int // by sink: how many picks have been met
	arrivals []*Arrival
}

// follow goes along an edge; placer is the last sharder before it that chooses the partition.
func (w *walk) follow(edge stage.Edge, placer *topology.Operator) Way {
	switch edge.Kind {
	case stage.ToNode:
		return Way{Next: w.step(placer)}
	case stage.ToSink:
		return Way{Arrival: w.arrival(int(edge.To), placer)}
	}
	return Way{}
}

func (w *walk) step(placer *topology.Operator) *Step {
	sub, v := w.recorder.sub, w.recorder.visits[w.next]
	operator := sub.Operators[v.node]
	s := &Step{Sub: sub, Operator: operator, Event: v.event, Formulas: v.formulas, Key: v.key}
	rejected := w.recorder.rejection(w.next)
	w.next++
	if rejected != nil {
		s.Rejected, s.Code = rejected.Err, deadletter.CodeOf(operator.Type, rejected.Err)
		s.Letter = w.tracer.letter(w.event.Origin.Partition)
		return s
	}
	node := &sub.Program.Nodes[v.node]
	if node.Shard != nil && node.Shard.Partition != nil {
		placer = operator
	}
	for port, edge := range node.Ports {
		if v.ports.Has(port) {
			way := w.follow(edge, placer)
			way.Port = operator.To[port]
			s.Ways = append(s.Ways, way)
		}
	}
	return s
}

func (w *walk) arrival(sink int, placer *topology.Operator) *Arrival {
	pick := w.recorder.runner.Picks[sink][w.picked[sink]]
	w.picked[sink]++
	a := &Arrival{Stream: w.recorder.sub.Sinks[sink], Partition: pick.Partition, Placer: placer, Key: w.event.Key}
	if pick.Rekey {
		a.Rekey, a.Key = true, bytes.Clone(pick.Key)
	}
	if placer == nil {
		a.Why = w.tracer.why(w.recorder.sub, a)
	}
	w.arrivals = append(w.arrivals, a)
	return a
}

// why says what runtime.Outputs goes by.
func (t *Tracer) why(sub *topology.Sub, a *Arrival) Placing {
	n, same := t.layout[a.Stream.Topic()], true
	for _, in := range sub.Inputs {
		same = same && t.layout[in.Topic()] == n
	}
	switch {
	case same:
		return SamePartition
	case a.Key != nil:
		return ByKey
	}
	return ByNumber
}

func (t *Tracer) letter(partition int32) *Letter {
	l := &Letter{Topic: t.pipeline.OnError.DeadLetter}
	if n := t.layout[l.Topic]; n > 0 {
		l.Partition = partition % n
	}
	return l
}
