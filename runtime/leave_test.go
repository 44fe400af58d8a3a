package runtime

import (
	"context"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

// interrupted is told to leave while its second round is on the way.
type interrupted struct {
	*memory
	leave func()
	polls *int
}

func (i interrupted) Poll(ctx context.Context) (transport.Round, error) {
	round, err := i.memory.Poll(ctx)
	if *i.polls++; *i.polls == 2 {
		i.leave()
	}
	return round, err
}

// A commit covers all that was polled: records of a round that came as the worker was told to leave are not left out.
func TestLastRoundIsNotLost(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "b", "c", "d")})
	m.round, m.endless = 2, true
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	w := over(t, signup(), m)
	w.loops[0].pace = pace{every: 1 << 62, records: 1 << 62} // never by itself
	w.open = func(context.Context, *topology.Sub) (transport.Transport, error) {
		return interrupted{m, leave, new(int)}, nil
	}
	if err := w.runAll(ctx, even); err != nil {
		t.Fatal(err)
	}
	if m.committed[0] != len(m.out[audit]) {
		t.Errorf("positions of %d records are committed, and %d records", m.committed[0], len(m.out[audit]))
	}
}
