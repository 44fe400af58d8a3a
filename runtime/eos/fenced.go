package eos

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Being fenced once is normal after a long pause or for whoever was taken for dead. Two live workers of one
// id fence each other without end: one of them has to go.
const (
	fencingsMax    = 3
	fencingsWithin = time.Minute
)

// fenced tells whether err says that someone else has taken over the transactional id or the member id.
func fenced(err error) bool {
	for _, e := range []error{kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.FencedInstanceID} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// fencings are the last times at which this member was fenced.
type fencings []time.Time

// add notes one more, and tells whether that is too often.
func (f *fencings) add(now time.Time) bool {
	*f = append(*f, now)
	for now.Sub((*f)[0]) > fencingsWithin {
		*f = (*f)[1:]
	}
	return len(*f) >= fencingsMax
}
