package runtime

import (
	"github.com/anabranch-go/anabranch/runtime/tally"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// account is what has become of the records of one partition of an input. The committed sheet is always what the transport
// says is committed: after a transaction that failed, or while another worker had the partition, it is read anew.
type account struct {
	topic     string
	committed *tally.Sheet
	note      string       // of committed
	open      *tally.Sheet // committed, and what the open transaction adds
	next      string       // the note of open, once it was made
	touched   bool         // whether the open transaction adds anything
	lost      error        // why the counts before committed are not carried on; told once
}

// charge adds what the runner has counted of n records of b to the counts of the open transaction, and to the account of
// b's partition.
func (t *task) charge(b transport.Batch, n int) {
	a := t.account(b.Topic())
	if !a.touched {
		a.begin(t.piece.shape, b)
	}
	t.piece.shape.Add(a.open, uint64(n), t.runner.Counts)
	for i := range t.counts {
		add(&t.counts[i], &t.runner.Counts[i], 1)
	}
	t.runner.ClearCounts()
}

// account is the one of a topic's partition with the task's number.
func (t *task) account(topic string) *account {
	for _, a := range t.accounts {
		if a.topic == topic {
			return a
		}
	}
	a := &account{topic: topic}
	t.accounts = append(t.accounts, a)
	return a
}

// begin goes on from what is committed.
func (a *account) begin(shape *tally.Shape, b transport.Batch) {
	position, note := b.Committed()
	if a.committed == nil || note == "" || note != a.note {
		a.committed, a.lost = shape.Read(note, position)
		a.note = note
	}
	if a.open == nil {
		a.open = shape.Begin(position, 0)
	}
	a.open.Set(a.committed)
	a.touched = true
}

// settle ends the transaction: what it added is committed, or was never there.
func (a *account) settle(committed bool) {
	if a.touched && committed {
		a.committed, a.open = a.open, a.committed
		a.note = a.next
	}
	a.touched = false
}

// takeNotes puts what each partition has come to beside the position that is about to be committed.
func (l *loop) takeNotes() {
	for _, t := range l.tasks {
		for _, a := range t.accounts {
			if !a.touched {
				continue
			}
			var err error
			if l.scratch, err = l.piece.shape.Append(l.scratch[:0], a.open, transport.NoteBytesMax); err != nil && !l.unaudited {
				l.unaudited = true
				l.log.Warn("anabranch audit cannot say anything of this sub-topology", "err", err)
			}
			a.next = string(l.scratch)
			l.piece.out.Note(a.topic, t.number, a.next)
			if a.lost != nil && err == nil {
				l.log.Info("what was counted before is not carried on; anabranch audit counts from here",
					"topic", a.topic, "partition", t.number, "position", a.open.From, "err", a.lost)
			}
			a.lost = nil
		}
	}
}

// newCounts are zero counts of each operator of a program.
func newCounts(program *stage.Program[stage.Row]) []stage.Counts {
	counts := make([]stage.Counts, len(program.Nodes))
	for i := range counts {
		counts[i].Emitted = make([]uint64, len(program.Nodes[i].Ports))
	}
	return counts
}
