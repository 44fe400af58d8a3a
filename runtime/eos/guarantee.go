package eos

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Guarantee is the version of transactions that a cluster has agreed on, and with it how far exactly once reaches.
type Guarantee int16

// transactionsWhole is the version from which on each transaction has an epoch of its own (KIP-890).
const transactionsWhole Guarantee = 2

// Whole tells whether no window is known in which a record may be lost or duplicated.
func (g Guarantee) Whole() bool { return g >= transactionsWhole }

func (g Guarantee) String() string {
	if g.Whole() {
		return "exactly once"
	}
	return "exactly once except the KAFKA-17754 window"
}

// versionsMax bounds the question after versions, a broker that is silent included.
const versionsMax = 5 * time.Second

// Guaranteed asks every broker what it speaks, and the cluster for the transaction.version that it has agreed on; where that is
// not said, as before Kafka 4.0, it is 1. One broker that cannot hold a commit to the generation of its group, or an
// OffsetFetch back until a position is stable, makes the error transport.ErrTooOld: both came with Kafka 2.5.
//
// Whether a broker which says that it can does so is not tried: that would need a transaction left hanging on a position
// at each start, and one that a crash in between leaves behind stops the worker that owns the position.
func Guaranteed(ctx context.Context, client *kgo.Client) (Guarantee, error) {
	ctx, cancel := context.WithTimeout(ctx, versionsMax)
	defer cancel()
	all, err := kadm.NewClient(client).ApiVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask the brokers what they speak: %w", err)
	}
	agreed, answered := transactionsWhole, false
	for _, broker := range all.Sorted() {
		if err = broker.Err; err != nil {
			continue // those that are there speak for the cluster
		}
		answered = true
		for _, key := range []kmsg.Key{kmsg.TxnOffsetCommit, kmsg.OffsetFetch} {
			if have, _ := broker.KeyMaxVersion(key.Int16()); have < leastVersions[key] {
				return 0, fmt.Errorf("%w: broker %d speaks %s up to version %d, want %d: Kafka 2.5 or later everywhere",
					transport.ErrTooOld, broker.NodeID, key.Name(), have, leastVersions[key])
			}
		}
		agreed = min(agreed, transactionVersion(broker.Raw()))
	}
	if !answered {
		if err == nil {
			err = kerr.BrokerNotAvailable
		}
		return 0, fmt.Errorf("ask the brokers what they speak: %w", err)
	}
	return agreed, nil
}

// leastVersions are those of KIP-447: the generation in TxnOffsetCommit, and RequireStable in OffsetFetch.
var leastVersions = map[kmsg.Key]int16{kmsg.TxnOffsetCommit: 3, kmsg.OffsetFetch: 7}

func transactionVersion(resp *kmsg.ApiVersionsResponse) Guarantee {
	if resp.FinalizedFeaturesEpoch >= 0 {
		for _, f := range resp.FinalizedFeatures {
			if f.Name == "transaction.version" {
				return max(1, Guarantee(f.MaxVersionLevel))
			}
		}
	}
	return 1
}
