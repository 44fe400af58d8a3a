package runtime

import (
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/ordering"
	"github.com/anabranch-go/anabranch/runtime/tally"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/topology"
)

// task is one partition number of a sub-topology: it carries the records of that number through the program and writes
// what comes out. It belongs to the goroutine of its loop.
type task struct {
	piece  *piece
	number int32
	runner *stage.Runner[stage.Row]
	event  stage.Event[stage.Row] // the one in hand, used again for every record
	visit  func(i int, m *stage.Meta, value []byte) error
	blind  []recipe // by input; nil where the program looks at its events

	skews []*sharder.Skew // by operator; nil where it is no sharder

	input   int
	offsets []int64 // of the batch at work, by index, while something is refused
	records uint64  // since the last commit or abort
	bytes   uint64
	counts  []stage.Counts // by operator, the same

	accounts []*account // by topic
	ordered  *ordered   // nil where the sub-topology does not begin with an ordered merger
}

// piece is what all tasks of one sub-topology share.
type piece struct {
	sub        *topology.Sub
	layout     map[string]int32
	out        transport.Transport
	dead       *dead // nil: the pipeline has no dead letters
	quarantine *quarantine
	shape      *tally.Shape
	control    int // the number of the topic of decisions among the transport's sinks
	// repeat gives the decisions of an earlier run for one task of an operator, by topic; nil: there is none to repeat.
	repeat func(operator string, number int32) map[string][]ordering.Decision
}

// newTask makes the task of a partition number.
func newTask(p *piece, number int32) *task {
	t := &task{piece: p, number: number, counts: newCounts(p.sub.Program)}
	outs := Outputs(p.sub, p.layout, number)
	program := p.sub.Program
	if p.sub.Ordering != nil {
		t.ordered = t.newOrdered()
		program = merged(p.sub, t.ordered)
	}
	t.runner = stage.NewRunner(program, outs)
	if p.sub.Projection != nil {
		t.event.Value.Slots = make([]stage.Slot, p.sub.Projection.Len())
	}
	t.visit = t.record
	t.observeSkew()
	t.blind = recipes(p.sub, t.runner, outs)
	if t.ordered != nil {
		t.ordered.plain = t.blind != nil && !t.ordered.spec.Sequence
	}
	return t
}

// Outputs binds the sinks of sub for the task of a partition number; layout has the number of partitions of each topic.
// An event goes to the same partition number where a sink has as many partitions as all inputs; else a keyed event goes
// where Kafka's clients would put it, and one without a key to number mod partitions.
func Outputs(sub *topology.Sub, layout map[string]int32, number int32) []stage.Output {
	widths := map[int32]bool{}
	for _, in := range sub.Inputs {
		widths[layout[in.Topic()]] = true
	}
	outs := make([]stage.Output, len(sub.Sinks))
	for i, sink := range sub.Sinks {
		n := layout[sink.Topic()]
		outs[i] = stage.Output{Partitions: n, Fixed: number % n}
		if len(widths) == 1 && widths[n] {
			continue
		}
		outs[i].Place = func(m *stage.Meta) int32 {
			if m.Key == nil {
				return m.Origin.Partition % n
			}
			return client.Partition(m.Key, n)
		}
	}
	return outs
}

// work carries one batch through the program and writes what comes out. The error says which event was rejected
// where the pipeline has no dead letters.
func (t *task) work(b transport.Batch) error {
	t.runner.Reset()
	t.records += uint64(b.Len())
	if b.Len() == 0 {
		t.charge(b, 0) // so that the account begins where the partition does, though markers come first
		return nil
	}
	if t.blind != nil && t.piece.quarantine.empty() {
		t.forward(b)
		t.charge(b, b.Len())
		return nil
	}
	t.input, t.offsets = b.Input(), t.offsets[:0]
	if err := b.Records(t.visit); err != nil {
		return err
	}
	return t.deliver(b, b.Len())
}

// deliver writes what came of n records of a batch.
func (t *task) deliver(b transport.Batch, n int) error {
	if err := t.reject(b); err != nil {
		return err
	}
	for sink, picks := range t.runner.Picks {
		switch {
		case len(picks) == 0:
		case whole(picks, b.Len()):
			t.piece.out.Forward(sink, picks[0].Partition, b)
		default:
			t.piece.out.Select(sink, b, picks)
		}
	}
	t.charge(b, n)
	return nil
}

// reject takes out what the broker has refused before, and writes dead letters.
func (t *task) reject(b transport.Batch) error {
	t.withhold(b)
	if len(t.runner.Rejected) == 0 {
		return nil
	}
	return t.bury(b)
}

// record carries one record of the batch at work.
func (t *task) record(i int, m *stage.Meta, value []byte) error {
	t.event.Meta = *m
	if t.piece.sub.Projection != nil {
		t.piece.sub.Projection.Read(value, &t.event.Value)
	}
	t.bytes += uint64(len(m.Key) + len(value))
	if !t.piece.quarantine.empty() {
		t.offsets = append(t.offsets, m.Origin.Offset)
	}
	t.runner.Route(t.input, int32(i), &t.event)
	return nil
}

// settle ends the transaction for the task: what was counted in it is committed, or was never there.
func (t *task) settle(committed bool) {
	t.records, t.bytes = 0, 0
	t.runner.ClearCounts()
	for i := range t.counts {
		emitted := t.counts[i].Emitted
		clear(emitted)
		t.counts[i] = stage.Counts{Emitted: emitted}
	}
	for _, a := range t.accounts {
		a.settle(committed)
	}
	if t.ordered != nil && t.ordered.merge != nil {
		t.ordered.merge.Settle(committed)
	}
}

// whole tells whether picks are all n records of a batch, in order, unchanged, to one partition.
func whole(picks []stage.Pick, n int) bool {
	if len(picks) != n {
		return false
	}
	for i := range picks {
		p := &picks[i]
		if p.Index != int32(i) || p.Partition != picks[0].Partition || p.Rekey {
			return false
		}
	}
	return true
}
