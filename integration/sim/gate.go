package sim

import (
	"context"
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// gated is a transport whose caller stands still while its process is stopped.
type gated struct {
	transport.Holder
	wire *wire
}

// gate puts the wire's process around a transport.
func (w *wire) gate(t transport.Transport) transport.Transport {
	return gated{t.(transport.Holder), w}
}

// freeze stops the process and all that it sends and receives for a while.
func (w *wire) freeze(d time.Duration) {
	w.stall(d)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frozen = w.resume != nil
}

// step waits while the process is stopped.
func (w *wire) step() {
	w.mu.Lock()
	resume, frozen := w.resume, w.frozen
	w.mu.Unlock()
	if frozen {
		<-resume
	}
}

func (g gated) Poll(ctx context.Context) (transport.Round, error) {
	g.wire.step()
	defer g.wire.step()
	return g.Holder.Poll(ctx)
}

func (g gated) Forward(sink int, partition int32, b transport.Batch) {
	g.wire.step()
	g.Holder.Forward(sink, partition, b)
}

func (g gated) Select(sink int, b transport.Batch, picks []stage.Pick) {
	g.wire.step()
	g.Holder.Select(sink, b, picks)
}

func (g gated) Add(sink int, partition int32, m *stage.Meta, value []byte) {
	g.wire.step()
	g.Holder.Add(sink, partition, m, value)
}

func (g gated) Commit(ctx context.Context) (bool, error) {
	g.wire.step()
	defer g.wire.step()
	return g.Holder.Commit(ctx)
}
