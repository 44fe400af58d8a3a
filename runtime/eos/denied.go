package eos

import (
	"errors"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime/acl"
)

// proof is set once a session of the member has had a producer id. A right on the transactional id that is missing before
// that was never there, and the run ends; after that it was taken away, perhaps by mistake, and it is waited for.
type proof struct{ atomic.Bool }

// denies tells whether err says that the right on the transactional id was never there.
func (p *proof) denies(err error) bool {
	return !p.Load() && errors.Is(err, kerr.TransactionalIDAuthorizationFailed)
}

// denied is the error that ends a run without the right on its transactional id.
func (c *Config) denied() error {
	return acl.Missing(acl.Rule{Resource: acl.TransactionalID, Name: c.id(), Operation: acl.Write})
}
