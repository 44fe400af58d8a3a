package topology

import (
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/topology/document"
)

// defaultRetry is what a batch is tried with where the file says nothing.
var defaultRetry = Retry{Attempts: 3, Initial: 200 * time.Millisecond, Max: 5 * time.Second, Jitter: 0.2}

// Limits of retries.
const (
	// RetryAttemptsMax is how often a batch may be tried.
	RetryAttemptsMax = 1000
	// RetryWaitMax is how long a wait between two tries may be.
	RetryWaitMax = time.Hour
)

func (r *reader) retry(n *document.Node) Retry {
	retry := defaultRetry
	o := r.object(n, &retryGrammar)
	retry.Attempts = r.integerOf(o, "attempts", retry.Attempts)
	backoff := o.get("backoff")
	if backoff == nil {
		return retry
	}
	b := r.object(backoff, &backoffGrammar)
	before := r.mistakes
	retry.Initial = r.duration(b.get("initial"), "initial", RetryWaitMax, retry.Initial)
	known := r.mistakes == before
	most := max(retry.Max, retry.Initial)
	retry.Max = r.duration(b.get("max"), "max", RetryWaitMax, most)
	if retry.Max < retry.Initial && known {
		r.wrong(b.get("max"), "A0208", fmt.Sprintf("the longest wait, %s, is below the first, %s", retry.Max, retry.Initial), "raise `max` or lower `initial`")
	}
	retry.Jitter = r.share(b.get("jitter"), "jitter", false, retry.Jitter)
	return retry
}
