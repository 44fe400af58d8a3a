package eos

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// verdict is what an error means for the session that met it.
type verdict int

const (
	nothing  verdict = iota // it says that there was nothing to read
	passing                 // it passes by itself; the same session goes on
	broken                  // the session is dead; a new one goes on
	hopeless                // nobody can go on before somebody has looked at it
)

// judge says what an error of a poll means. What is not known to pass is hopeless: a position that may be wrong is
// never guessed.
func judge(err error) verdict {
	var loss *kgo.ErrDataLoss
	var network net.Error
	var group *kgo.ErrGroupSession
	var broker *kerr.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return nothing
	case errors.Is(err, kgo.ErrClientClosed), fenced(err):
		return broken
	case errors.As(err, &loss):
		return hopeless
	case unauthorised(err):
		return passing
	case errors.As(err, &group):
		return passing
	case errors.As(err, &broker):
		if broker.Retriable && !errors.Is(err, kerr.UnknownTopicOrPartition) && !errors.Is(err, kerr.UnknownTopicID) {
			return passing
		}
		return hopeless
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), kgo.IsRetryableBrokerErr(err):
		return passing
	}
	return hopeless
}

// unauthorised: a right is missing. It may have been taken away by mistake and be given back.
func unauthorised(err error) bool {
	for _, e := range []error{
		kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed,
		kerr.TransactionalIDAuthorizationFailed, kerr.SaslAuthenticationFailed,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// setback is one attempt more that led to nothing: the wait before the next grows, with full jitter, up to five seconds.
const (
	setbackFirst = 50 * time.Millisecond
	setbackMax   = 5 * time.Second
)

func backoff(setbacks int) time.Duration {
	d := setbackMax
	if setbacks < 7 {
		d = min(setbackFirst<<setbacks, setbackMax)
	}
	return rand.N(d)
}
