package sim

import (
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// transactions knows which transactional ids have a transaction open, from the brokers' replies.
type transactions struct {
	mu   sync.Mutex
	open map[string]bool
}

// reply takes in what a broker said to the client of a transactional id.
func (t *transactions) reply(id string, resp kmsg.Response) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch r := resp.(type) {
	case *kmsg.ProduceResponse:
		for _, topic := range r.Topics {
			for _, p := range topic.Partitions {
				if p.ErrorCode == 0 {
					t.open[id] = true
				}
			}
		}
	case *kmsg.TxnOffsetCommitResponse:
		for _, topic := range r.Topics {
			for _, p := range topic.Partitions {
				if p.ErrorCode == 0 {
					t.open[id] = true
				}
			}
		}
	case *kmsg.EndTxnResponse:
		if r.ErrorCode == 0 {
			delete(t.open, id)
		}
	}
}

// any tells whether some transaction is open.
func (t *transactions) any() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.open) > 0
}

// of tells whether a transaction of this instance is open.
func (t *transactions) of(instance string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.open {
		if strings.HasSuffix(id, "."+instance) {
			return true
		}
	}
	return false
}

// fits tells whether the transaction that a request belongs to is open; of a request that names none, whether any is.
func (t *transactions) fits(req kmsg.Request) bool {
	id := ""
	switch r := req.(type) {
	case *kmsg.ProduceRequest:
		if r.TransactionID == nil {
			return false
		}
		id = *r.TransactionID
	case *kmsg.TxnOffsetCommitRequest:
		id = r.TransactionalID
	case *kmsg.EndTxnRequest:
		id = r.TransactionalID
	case *kmsg.HeartbeatRequest:
		if r.InstanceID != nil {
			id = *r.InstanceID
		}
	}
	if id == "" {
		return t.any()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open[id]
}
