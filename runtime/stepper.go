package runtime

import (
	"context"
	"log/slog"

	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

// Stepper runs the sub-topologies of a pipeline as a Worker does, but one round at a time, in the goroutine of its caller and on
// transports of the caller's. Nothing happens by itself, so that a test decides who comes first. It ignores the tolerance of
// rejected events.
type Stepper struct{ loops []*loop }

// NewStepper makes a Stepper for p, whose topics have the widths of layout; open gives the transport of each of p.Subs.
func NewStepper(p *topology.Pipeline, layout topics.Layout, open func(sub int) transport.Transport) *Stepper {
	s := &Stepper{}
	silent := slog.New(slog.DiscardHandler)
	for i, sub := range p.Subs {
		l := newLoop(p, sub, silent)
		l.tolerance = -1
		l.bind(p, layout)
		l.piece.out = open(i)
		s.loops = append(s.loops, l)
	}
	return s
}

// Step carries what one Poll of a sub-topology's transport gives, and commits it. The error is a *Rejection where the pipeline
// has no dead letters, or the transport's.
func (s *Stepper) Step(ctx context.Context, sub int) error {
	l := s.loops[sub]
	round, err := l.piece.out.Poll(ctx)
	if err != nil {
		return err
	}
	if err := l.carry(ctx, round.Batches); err != nil || !l.pending {
		return err
	}
	return l.commit(ctx)
}

// Report is the balance of a sub-topology so far.
func (s *Stepper) Report(sub int) SubReport { return s.loops[sub].ledger.report() }
