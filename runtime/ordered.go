package runtime

import (
	"errors"
	"slices"
	"strconv"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/ordering"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
	"github.com/anabranch-go/anabranch/topology"
)

// ordered is what a task has whose sub-topology begins with an ordered merger.
type ordered struct {
	spec    *topology.Ordering
	config  ordering.Config
	merge   *ordering.Merge  // nil until the first batch of an assignment
	holder  transport.Holder // of merge
	verdict ordering.Verdict // of the record in hand
	event   stage.Event[stage.Row]
	meta    stage.Meta
	plain   bool     // records in their place go on as they are, unseen
	unseen  []unseen // by input: those of them that are not counted yet
	buries  bool     // late records are dead letters
}

// heldBytesMax bounds what all tasks of a sub-topology hold of their inputs, in bytes of memory.
const (
	heldBytesMax = 128 << 20
	laneBytesMax = 8 << 20 // of one partition of one input
	laneBytesMin = 16 << 10
)

// unseen are records of one batch that went on unseen.
type unseen struct {
	batch   transport.Batch
	records int
}

// newOrdered makes the ordered merger of a task.
func (t *task) newOrdered() *ordered {
	p := t.piece
	o := unheld(p.sub)
	o.unseen = make([]unseen, len(p.sub.Inputs))
	if p.sub.Projection != nil {
		o.event.Value.Slots = make([]stage.Slot, p.sub.Projection.Len())
	}
	lanes := int64(0)
	o.config = ordering.Config{Partition: t.number, IdleAfter: o.spec.IdleAfter, Judge: o.judge(p.sub)}
	for _, in := range p.sub.Operators[o.spec.Node].From {
		for _, topic := range in.Topics {
			o.config.Topics = append(o.config.Topics, topic)
			lanes += int64(p.layout[topic])
		}
	}
	o.config.BytesMax = max(laneBytesMin, min(laneBytesMax, heldBytesMax/max(lanes, 1)))
	if p.repeat != nil {
		o.config.Recorded = p.repeat(p.sub.Operators[o.spec.Node].Name, t.number)
	}
	return o
}

// unheld is the merger as an operator, without what it holds.
func unheld(sub *topology.Sub) *ordered {
	o := &ordered{spec: sub.Ordering}
	if ports := sub.Program.Nodes[o.spec.Node].Ports; !o.spec.Flag {
		o.buries = ports[1].Kind == stage.DeadLetter
	}
	return o
}

// merged is the program of sub with this merger in place of the one that knows no order.
func merged(sub *topology.Sub, by stage.Router[stage.Row]) *stage.Program[stage.Row] {
	own := *sub.Program
	own.Nodes = slices.Clone(own.Nodes)
	own.Nodes[sub.Ordering.Node].Router = by
	return &own
}

// take holds a batch until its records go out.
func (t *task) take(b transport.Batch) error {
	o := t.ordered
	if o.merge == nil {
		o.holder = t.piece.out.(transport.Holder)
		o.merge = ordering.New(o.holder, o.config)
	}
	return o.merge.Take(b)
}

// drop forgets what is held: it will be polled again, here or by another worker.
func (t *task) drop() {
	if t.ordered != nil {
		t.ordered.merge = nil
	}
}

// judge looks at a record once, when it is polled.
func (o *ordered) judge(sub *topology.Sub) func(string, *stage.Meta, []byte) (merger.Rank, ordering.Verdict) {
	reads := sub.Projection != nil && (o.spec.Rank != nil || o.spec.Heartbeat != nil)
	return func(_ string, m *stage.Meta, value []byte) (rank merger.Rank, verdict ordering.Verdict) {
		defer func() {
			if recover() != nil {
				rank, verdict = merger.Rank{}, ordering.Failed // the same happens when the record goes out, and is told then
			}
		}()
		o.event.Meta = *m
		if reads {
			sub.Projection.Read(value, &o.event.Value)
		}
		return o.look(&o.event)
	}
}

// look finds where an event stands by itself. That it is late is found by what went out before it.
func (o *ordered) look(e *stage.Event[stage.Row]) (rank merger.Rank, verdict ordering.Verdict) {
	if o.spec.Heartbeat != nil {
		beats, err := o.spec.Heartbeat(e)
		if err != nil {
			return rank, ordering.Failed
		}
		if beats {
			verdict = ordering.Heartbeat
		}
	}
	if o.spec.Rank == nil {
		return merger.Rank{N: e.Time.UnixMilli()}, verdict
	}
	rank, err := o.spec.Rank(e)
	switch {
	case err != nil:
		return merger.Rank{}, ordering.Failed
	case o.spec.Ahead(rank, e.Time):
		return merger.Rank{}, ordering.Ahead
	}
	return rank, verdict
}

// Why an ordered merger sends a record to the dead letters.
var (
	errLate  error = &misplaced{deadletter.Late, "it is late: records that come after it in the order have gone out"}
	errAhead error = &misplaced{deadletter.Ahead, "what it is ordered by is further ahead of its timestamp than max_ahead"}
	errRank        = errors.New("what it is ordered by was there when it was read, and is not now")
)

type misplaced struct {
	code deadletter.Code
	text string
}

func (m *misplaced) Error() string { return m.text }

// Code is the code of the dead letter.
func (m *misplaced) Code() string { return string(m.code) }

// Route is the ordered merger as an operator: the order has been found, and what is left is where the record goes.
func (o *ordered) Route(e *stage.Event[stage.Row]) (stage.Ports, error) {
	switch o.verdict {
	case ordering.InPlace:
		return stage.Port(0), nil
	case ordering.Heartbeat:
		return 0, nil
	case ordering.Failed:
		return 0, o.failure(e)
	}
	switch {
	case o.spec.Flag:
		return stage.Port(0), nil
	case o.buries && o.verdict == ordering.Late:
		return 0, errLate
	case o.buries:
		return 0, errAhead
	}
	return stage.Port(1), nil
}

// failure is why no rank could be found.
func (o *ordered) failure(e *stage.Event[stage.Row]) error {
	if o.spec.Heartbeat != nil {
		if _, err := o.spec.Heartbeat(e); err != nil {
			return err
		}
	}
	if _, err := o.spec.Rank(e); err != nil {
		return err
	}
	return errRank
}

// goOut carries a run of records through the program and writes what comes out.
func (t *task) goOut(run *ordering.Run) error {
	o, b, n := t.ordered, run.Batch, run.To-run.From
	t.records += uint64(n)
	if o.plain && t.piece.quarantine.empty() && inPlace(run) {
		t.forwardRun(run)
		return nil
	}
	t.runner.Reset()
	t.input, t.offsets = b.Input(), t.offsets[:0]
	if !t.piece.quarantine.empty() {
		t.offsets = append(t.offsets, make([]int64, run.From)...)
	}
	extra := o.spec.Sequence
	for i := run.From; i < run.To; i++ {
		value := o.holder.Read(b, i, &o.meta)
		o.verdict = run.Verdicts[i]
		late := o.verdict == ordering.Late || o.verdict == ordering.Ahead
		if flagged := late && o.spec.Flag; flagged {
			extra = true
			o.meta.Headers = append(o.meta.Headers, lateHeader)
		}
		if err := t.record(i, &o.meta, value); err != nil {
			return err
		}
	}
	o.verdict = ordering.InPlace
	if !extra {
		return t.deliver(b, n)
	}
	if err := t.reject(b); err != nil {
		return err
	}
	t.addRun(run)
	t.charge(b, n)
	return nil
}

var lateHeader = stage.Header{Key: topology.LateHeader, Value: []byte("true")}

func inPlace(run *ordering.Run) bool {
	for _, v := range run.Verdicts[run.From:run.To] {
		if v != ordering.InPlace {
			return false
		}
	}
	return true
}

// forwardRun passes a run on unseen. It is counted with others of its batch: runs may be as short as a record.
func (t *task) forwardRun(run *ordering.Run) {
	b, n := run.Batch, run.To-run.From
	u := &t.ordered.unseen[b.Input()]
	if u.batch != b {
		t.countUnseen(u)
		u.batch = b
	}
	u.records += n
	r := &t.blind[b.Input()]
	for _, p := range r.picks {
		if n == b.Len() {
			t.piece.out.Forward(int(p.Index), p.Partition, b)
			continue
		}
		picks := t.runner.Picks[p.Index][:0]
		for i := run.From; i < run.To; i++ {
			picks = append(picks, stage.Pick{Index: int32(i), Partition: p.Partition})
		}
		t.piece.out.Select(int(p.Index), b, picks)
		t.runner.Picks[p.Index] = picks[:0]
	}
}

// countUnseen charges what went on unseen.
func (t *task) countUnseen(u *unseen) {
	if u.records == 0 {
		return
	}
	r := &t.blind[u.batch.Input()]
	for i := range r.counts {
		add(&t.runner.Counts[i], &r.counts[i], uint64(u.records))
	}
	t.charge(u.batch, u.records)
	*u = unseen{}
}

// addRun writes the picks of a run whose records get headers of their own.
func (t *task) addRun(run *ordering.Run) {
	o := t.ordered
	for sink, picks := range t.runner.Picks {
		for _, p := range picks {
			m := &o.meta
			value := o.holder.Read(run.Batch, int(p.Index), m)
			v := run.Verdicts[p.Index]
			late := v == ordering.Late || v == ordering.Ahead
			if late && o.spec.Flag {
				m.Headers = append(m.Headers, lateHeader)
			}
			if o.spec.Sequence && (v == ordering.InPlace || late && o.spec.Flag) {
				number := strconv.AppendUint(nil, o.merge.Sequence(), 10)
				m.Headers = append(m.Headers, stage.Header{Key: topology.SequenceHeader, Value: number})
			}
			if p.Rekey {
				m.Key = p.Key
			}
			t.piece.out.Add(sink, p.Partition, m, value)
		}
	}
}
