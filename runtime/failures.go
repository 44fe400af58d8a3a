package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/topology"
)

// failures is how long a loop has not got anywhere.
type failures struct {
	retry  topology.Retry
	aborts int       // transactions in a row that were not committed
	since  time.Time // when the first of them ended, or the outage began
	outage error     // what the transport says
}

// outageAborts is how many transactions in a row must fail to be called an outage. One or two are normal when tasks
// move between workers.
const outageAborts = 3

// noteOutage tells once when an outage begins, and once when it ends.
func (l *loop) noteOutage(err error) {
	switch {
	case err != nil && l.failures.outage == nil:
		l.failures.outage, l.failures.since = err, time.Now()
		l.health.outage(err.Error())
		l.log.Warn(outageText(err), "err", err)
	case err == nil && l.failures.outage != nil:
		l.log.Info("outage is over", "since", l.failures.since.UTC().Format(time.RFC3339), "took", time.Since(l.failures.since).Round(time.Millisecond))
		l.failures.outage = nil
		l.health.outage("")
	}
}

// outageText says what an outage is. A group that has given the worker's id to another member names no fault of the cluster.
func outageText(err error) string {
	if errors.Is(err, kerr.FencedInstanceID) {
		return "another worker uses the same instance id, and only one of them can go on; each needs an --instance of its own"
	}
	return "outage: nothing can be read or written now; waiting"
}

// abort notes a transaction that was not committed. From the second in a row on it waits, longer each time.
func (f *failures) abort(ctx context.Context, l *loop) {
	f.aborts++
	switch f.aborts {
	case 1:
		f.since = time.Now()
		return
	case outageAborts:
		l.health.outage("transactions are not committed")
		l.log.Warn("transactions are not committed; trying on", "in_a_row", f.aborts, "since", f.since.UTC().Format(time.RFC3339))
	}
	pause(ctx, f.retry, f.aborts-1)
	l.health.beat()
}

// renew forgets what was said of a transport that is gone.
func (f *failures) renew() { f.aborts, f.outage = 0, nil }

// over notes a transaction that was committed.
func (f *failures) over(l *loop) {
	if f.aborts >= outageAborts {
		l.health.outage("")
		l.log.Info("transactions are committed again", "not_committed", f.aborts, "took", time.Since(f.since).Round(time.Millisecond))
	}
	f.aborts = 0
}
