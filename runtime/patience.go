package runtime

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/topology"
)

// patience is for how long that is tried again of which brokers say that it passes: longer than a leader or a coordinator
// takes to be elected.
const patience = time.Minute

// tries are the failures in a row of one thing.
type tries struct {
	retry topology.Retry
	n     int
	since time.Time // the first of them
}

// again notes a failure, and tells whether to try once more: as often as the file says, and for as long as it is only
// brokers that are not ready.
func (t *tries) again(err error) bool {
	if t.n == 0 {
		t.since = time.Now()
	}
	t.n++
	switch {
	case final(err):
		return false
	case passes(err) && time.Since(t.since) < patience:
		return true
	}
	return t.n <= t.retry.Attempts
}

// closedWait is for how long brokers are tried that take connections and close them without a word.
const closedWait = 10 * time.Second

// closed tells whether to try once more, after again, because a proxy may stand there whose broker comes back.
func (t *tries) closed(err error) bool {
	var unreachable *client.Unreachable
	return errors.As(err, &unreachable) && unreachable.Closed() && time.Since(t.since) < closedWait
}

// passes tells whether a broker says, or is so silent, that it will be otherwise soon. So does an address at which nobody
// listens, or hangs up at once: whether the file names the right ones was found out before.
func passes(err error) bool {
	var network net.Error
	return kerr.IsRetriable(err) || kgo.IsRetryableBrokerErr(err) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded)
}

// pauseMax bounds any wait, so that a loop never looks wedged for having been told to be patient.
const pauseMax = 30 * time.Second

// pause waits before the try after n failures: exponentially longer, with a random share, and never past the end of ctx.
func pause(ctx context.Context, r topology.Retry, n int) {
	wait := min(max(r.Initial, time.Millisecond)<<min(n-1, 16), max(r.Max, time.Millisecond), pauseMax)
	wait -= time.Duration(float64(wait) * r.Jitter * rand.Float64())
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
