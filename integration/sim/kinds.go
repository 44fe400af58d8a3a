package sim

import (
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// kind is one kind of fault. inflict does it to a world, with its choices from random, and tells the tally.
type kind struct {
	name    string
	inflict func(w *world, random *rand.Rand, name string)
}

// kindsOfFault are all of them. Each must hit an open transaction in some run.
var kindsOfFault = append(append(append([]kind{
	{"leader moves", moveLeader},
	{"all leaders move", shuffleLeaders},
	{"coordinators move", moveCoordinators},
	{"connections break", breakConnections},
	{"commit applied, answered UNKNOWN_SERVER_ERROR", unknownCommit},
	{"pause, short", pause(500*time.Millisecond, 5*time.Second)},
	{"pause past the session timeout", pause(11*time.Second, 14*time.Second)},
	{"pause past the transaction timeout", pause(16*time.Second, 40*time.Second)},
	{"process stops past the session timeout", stopProcess(11*time.Second, 14*time.Second)},
	{"process stops past the transaction timeout", stopProcess(16*time.Second, 28*time.Second)},
	{"kill, same instance comes back", kill(true)},
	{"kill, another instance comes", kill(false)},
	{"orderly restart", restart},
	{"rebalance storm", storm},
}, protocolErrors()...), lostReplies()...), lateReplies()...)

// refusals are the errors that a broker may answer a request with, without doing what it asks for unless the name
// of the error says otherwise.
var refusals = map[kmsg.Key][]*kerr.Error{
	kmsg.Produce:         {kerr.NotLeaderForPartition, kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend, kerr.RequestTimedOut, kerr.KafkaStorageError, kerr.CorruptMessage},
	kmsg.TxnOffsetCommit: {kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.RequestTimedOut, kerr.IllegalGeneration, kerr.UnknownMemberID, kerr.RebalanceInProgress},
	kmsg.EndTxn:          {kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.ConcurrentTransactions, kerr.CoordinatorNotAvailable, kerr.UnknownServerError, kerr.TransactionAbortable},
	kmsg.InitProducerID:  {kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.ConcurrentTransactions, kerr.CoordinatorNotAvailable},
	kmsg.OffsetFetch:     {kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.UnstableOffsetCommit},
	kmsg.JoinGroup:       {kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.UnknownMemberID, kerr.RebalanceInProgress},
	kmsg.SyncGroup:       {kerr.NotCoordinator, kerr.RebalanceInProgress, kerr.IllegalGeneration, kerr.UnknownMemberID},
	kmsg.Heartbeat:       {kerr.NotCoordinator, kerr.RebalanceInProgress, kerr.IllegalGeneration, kerr.UnknownMemberID, kerr.CoordinatorNotAvailable},
	kmsg.Fetch:           {kerr.NotLeaderForPartition, kerr.FencedLeaderEpoch, kerr.UnknownLeaderEpoch, kerr.KafkaStorageError, kerr.OffsetNotAvailable, kerr.UnknownServerError},
	kmsg.FindCoordinator: {kerr.CoordinatorNotAvailable, kerr.CoordinatorLoadInProgress},
	kmsg.ListOffsets:     {kerr.NotLeaderForPartition, kerr.OffsetNotAvailable, kerr.LeaderNotAvailable},
}

// refusedKeys is the order of the keys of refusals, which decides what a seed does.
var refusedKeys = []kmsg.Key{
	kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn, kmsg.InitProducerID, kmsg.OffsetFetch, kmsg.JoinGroup, kmsg.SyncGroup,
	kmsg.Heartbeat, kmsg.Fetch, kmsg.FindCoordinator, kmsg.ListOffsets,
}

// onlyOld needs brokers without the second version of transactions.
const onlyOld = "error from AddPartitionsToTxn"

func protocolErrors() (kinds []kind) {
	for _, key := range refusedKeys {
		kinds = append(kinds, kind{"error from " + key.Name(), refuse(key, refusals[key])})
	}
	return append(kinds, kind{onlyOld, refuse(kmsg.AddPartitionsToTxn,
		[]*kerr.Error{kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.ConcurrentTransactions})})
}

// answered are the requests whose replies get lost or come late.
var answered = []kmsg.Key{
	kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn, kmsg.InitProducerID, kmsg.OffsetFetch, kmsg.JoinGroup, kmsg.SyncGroup, kmsg.Heartbeat, kmsg.Fetch,
}

func lostReplies() (kinds []kind) {
	for _, key := range answered {
		kinds = append(kinds, kind{"reply lost: " + key.Name(), loseReply(key)})
	}
	return kinds
}

func lateReplies() (kinds []kind) {
	for _, key := range []kmsg.Key{kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn} {
		kinds = append(kinds, kind{"reply late: " + key.Name(), delayReply(key)})
	}
	return kinds
}
