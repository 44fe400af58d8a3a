package runtime

import (
	"slices"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// quarantine is what the broker refused: records that must not be written to that sink when they are read again.
// An entry lives until a transaction is committed that did without it.
type quarantine struct {
	records map[place]error
	used    []place // in the present transaction
}

// place is one source record at one sink.
type place struct {
	sink   int
	origin stage.Origin
}

func (q *quarantine) empty() bool { return len(q.records) == 0 }

// add takes in what a commit was refused for. It gives the first record that was in already: what stood in for it was
// refused as well, and there is nothing left to try.
func (q *quarantine) add(refused *transport.Refused) (again *transport.Refusal) {
	if q.records == nil {
		q.records = map[place]error{}
	}
	for i := range refused.Records { // all before any is taken in: one record may be refused twice at a sink
		r := &refused.Records[i]
		if again == nil && q.records[place{r.Sink, r.Origin}] != nil {
			again = r
		}
	}
	for _, r := range refused.Records {
		q.records[place{r.Sink, r.Origin}] = r.Err
	}
	return again
}

// take tells why the record was refused at the sink, nil where it was not, and notes that it is being done without.
func (q *quarantine) take(sink int, origin stage.Origin) error {
	if len(q.records) == 0 {
		return nil
	}
	at := place{sink, origin}
	why := q.records[at]
	if why != nil {
		q.used = append(q.used, at)
	}
	return why
}

// end forgets what a committed transaction did without.
func (q *quarantine) end(committed bool) {
	if committed {
		for _, at := range q.used {
			delete(q.records, at)
		}
	}
	q.used = q.used[:0]
}

// drop forgets the records of partition numbers that went to another worker.
func (q *quarantine) drop(numbers []int32) {
	for at := range q.records {
		if slices.Contains(numbers, at.origin.Partition) {
			delete(q.records, at)
		}
	}
}

// withhold takes the picks that the broker refused out of the batch at work and makes them rejections of the operator
// that writes the sink. There the event counts as dead and no longer as passed; what left by other ports stands.
func (t *task) withhold(b transport.Batch) {
	if t.piece.quarantine.empty() {
		return
	}
	type charge struct {
		sink    int
		refusal *deadletter.Refusal
	}
	charged := map[[2]int32]charge{} // by event and operator
	for sink, picks := range t.runner.Picks {
		t.runner.Picks[sink] = slices.DeleteFunc(picks, func(p stage.Pick) bool {
			origin := stage.Origin{Topic: b.Topic(), Partition: b.Partition(), Offset: t.offsets[p.Index]}
			why := t.piece.quarantine.take(sink, origin)
			if why == nil {
				return false
			}
			node, port := t.writer(sink)
			counts := &t.runner.Counts[node]
			counts.Emitted[port]--
			stream := t.piece.sub.Sinks[sink].Name
			if first, ok := charged[[2]int32{p.Index, node}]; ok && first.sink != sink {
				first.refusal.Streams = append(first.refusal.Streams, stream)
				return true
			}
			refusal := &deadletter.Refusal{Err: why, Streams: []string{stream}}
			charged[[2]int32{p.Index, node}] = charge{sink, refusal}
			counts.Passed--
			counts.Dead++
			t.runner.Rejected = append(t.runner.Rejected, t.refused(p, node, refusal))
			return true
		})
	}
	slices.SortStableFunc(t.runner.Rejected, func(a, b stage.Rejected) int { return int(a.Index - b.Index) })
}

// refused is the rejection of a pick by the operator that made it. The operator's own new key is not the event's.
func (t *task) refused(p stage.Pick, node int32, why *deadletter.Refusal) stage.Rejected {
	r := stage.Rejected{Index: p.Index, Node: node, Err: why}
	if shard := t.piece.sub.Program.Nodes[node].Shard; p.Rekey && (shard == nil || !shard.Rekey) {
		r.Rekey, r.Key = true, p.Key
	}
	return r
}

// writer finds the operator that writes a sink, and by which port.
func (t *task) writer(sink int) (node int32, port int) {
	for n := range t.piece.sub.Program.Nodes {
		for p, edge := range t.piece.sub.Program.Nodes[n].Ports {
			if edge == (stage.Edge{Kind: stage.ToSink, To: int32(sink)}) {
				return int32(n), p
			}
		}
	}
	panic("runtime: no operator writes sink " + t.piece.sub.Sinks[sink].Name)
}
