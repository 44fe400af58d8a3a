package eos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// takeoverMax bounds the look for transactions of dead owners.
const takeoverMax = 5 * time.Second

const offsetsTopic = "__consumer_offsets"

// fenceDeadOwners aborts the transactions that workers of this group left open when they died: until that is done, or
// the transaction times out, the positions of what they owned are not stable and readers of the sinks wait. It is run
// beside the assignment of partitions and never in its way. Where the brokers cannot list transactions or do
// not allow it, the transaction timeout does the same later.
func (m *member) fenceDeadOwners(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, takeoverMax)
	defer cancel()
	ids, err := m.deadOwners(ctx)
	if err != nil {
		if ctx.Err() == nil {
			m.log.Debug("look for transactions of dead workers", "err", err)
		}
		return
	}
	for _, id := range ids {
		if err := m.fence(ctx, id); err != nil && ctx.Err() == nil {
			m.log.Warn("fence the transaction of a dead worker", "id", id, "err", err)
		}
	}
}

// releaser ends what positions may hang on before this worker has joined: the transaction of its predecessor, and where that
// does not help, what a broker has forgotten of it; and those of workers that the group has thrown out by then. Where that is
// not allowed, the transaction timeout does it.
func (m *member) releaser(after time.Duration) release {
	claimed := false
	return release{after, func(ctx context.Context) {
		m.log.Warn("the positions hang on an open transaction; waiting")
		bounded, cancel := context.WithTimeout(ctx, takeoverMax)
		if claimed && len(m.config.Inputs) > 0 { // else it may be alive, and run another sub-topology
			if err := m.untie(bounded); err != nil {
				m.log.Warn("free the positions from a transaction of the predecessor that has ended", "err", err)
			}
		} else if !claimed {
			err := m.fence(bounded, m.config.id())
			if claimed = err == nil; !claimed {
				m.log.Debug("end the transaction of the predecessor", "err", err)
			}
		}
		cancel()
		m.fenceDeadOwners(ctx)
	}}
}

// deadOwners are the ids with an open transaction that have this group's prefix, belong to none of its members, and
// write nowhere but to the sinks and to the positions: another group's name may begin with this one's.
func (m *member) deadOwners(ctx context.Context) ([]string, error) {
	open, err := m.admin.ListTransactions(ctx, nil, []string{"Ongoing"})
	if err != nil {
		return nil, err
	}
	prefix, ids := m.config.Group+".", []string(nil)
	for _, t := range open.TransactionalIDs() {
		if strings.HasPrefix(t, prefix) && t != m.config.id() {
			ids = append(ids, t)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	groups, err := m.admin.DescribeGroups(ctx, m.config.Group)
	if err != nil {
		return nil, err
	}
	group, err := groups.On(m.config.Group, nil)
	if err == nil {
		err = group.Err
	}
	if err != nil {
		return nil, err
	}
	alive := map[string]bool{}
	for _, member := range group.Members {
		if member.InstanceID != nil {
			alive[*member.InstanceID] = true
		}
	}
	described, err := m.admin.DescribeTransactions(ctx, ids...)
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{offsetsTopic: true}
	for _, topic := range m.config.Sinks {
		ours[topic] = true
	}
	var dead []string
	for _, t := range described.Sorted() {
		mine := t.Err == nil && len(t.Topics) > 0 && !alive[t.TxnID]
		for topic := range t.Topics {
			mine = mine && ours[topic]
		}
		if mine {
			dead = append(dead, t.TxnID)
		}
	}
	return dead, nil
}

// fence takes the id's producer over, which aborts its transaction.
func (m *member) fence(ctx context.Context, id string) error {
	_, err := m.claim(ctx, id)
	if err == nil {
		m.log.Info("fenced the transaction of a dead worker", "id", id)
	}
	return err
}

// claim gives a new epoch of the id's producer, once what it left open is aborted.
func (m *member) claim(ctx context.Context, id string) (*kmsg.InitProducerIDResponse, error) {
	for {
		req := kmsg.NewPtrInitProducerIDRequest()
		req.TransactionalID = &id
		req.TransactionTimeoutMillis = int32(transactionTimeout.Milliseconds())
		req.ProducerID, req.ProducerEpoch = -1, -1
		resp, err := req.RequestWith(ctx, m.client)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if err == nil {
			return resp, nil
		}
		if !errors.Is(err, kerr.ConcurrentTransactions) || !sleep(ctx, 20*time.Millisecond) {
			return nil, fmt.Errorf("fence %s: %w", id, err)
		}
	}
}
