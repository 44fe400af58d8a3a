package main

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// kinds are all faults that there are.
func kinds() []*kind {
	const s = time.Second
	return []*kind{
		{name: "kill", expect: "its successor of the same id aborts the transaction and goes on", uses: oneWorker, stall: 15 * s, inflict: kill},
		{name: "stay-away", expect: "others have its partitions once the session has timed out, and abort its transaction", uses: oneWorker, stall: 18 * s, inflict: stayAway},
		{name: "stop-session", expect: "others take over; what the sleeper has open comes to nothing", uses: oneWorker, stall: 20 * s, inflict: freeze(12*s, 14*s)},
		{name: "stop-transaction", expect: "the same, and the broker has aborted the transaction meanwhile", uses: oneWorker, stall: 25 * s, inflict: freeze(18*s, 27*s)},
		{name: "rolling-restart", expect: "each worker commits what it has, leaves and ends with 0", uses: everything, stall: 20 * s, inflict: rollingRestart},
		{name: "two-owners", expect: "of two processes with one id one ends with 75, and the other goes on", uses: everything, stall: 40 * s, inflict: twoOwners},
		{name: "rebalance-storm", expect: "work goes on while a worker comes and goes", uses: everything, stall: 18 * s, inflict: storm},

		{name: "broker-kill", expect: "nothing that was acknowledged is lost; work goes on when the broker does", uses: theBrokers, stall: 45 * s, inflict: brokerKill},
		{name: "broker-pause", expect: "unknown outcomes are resolved", uses: theBrokers, stall: 45 * s, inflict: brokerPause},
		{name: "brokers-restart", expect: "work goes on when the brokers do", uses: everything, stall: 70 * s, inflict: restartBrokers},
		{name: "broker-alone", expect: "what only a broker has that is cut off from the others was never acknowledged", brokers: 3, uses: theBrokers, stall: 60 * s, inflict: isolate},
		{name: "coordinator-move", expect: "the transactions and the group go on at the new coordinator", brokers: 3, uses: theBrokers, stall: 20 * s, inflict: moveCoordinators},
		{name: "leader-move", expect: "reading and writing go on at the new leaders", brokers: 3, uses: theBrokers, stall: 20 * s, inflict: moveLeaders},

		{name: "lose-endtxn", expect: "an unknown commit counts if it happened and is done again if not", stall: 20 * s, inflict: lose(kmsg.EndTxn, 30)},
		{name: "lose-txnoffsetcommit", expect: "positions and records are committed together or not at all", stall: 20 * s, inflict: lose(kmsg.TxnOffsetCommit, 30)},
		{name: "lose-produce", expect: "a record that is sent again is there once", stall: 20 * s, inflict: lose(kmsg.Produce, 15)},
		{name: "lose-fetch", expect: "records are read again, and used once", stall: 20 * s, inflict: lose(kmsg.Fetch, 10)},
		{name: "lose-initproducerid", expect: "a new session gets its producer id at last", uses: oneWorker, stall: 30 * s, inflict: loseAtStart(kmsg.InitProducerID, 70)},
		{name: "lose-offsetfetch", expect: "no partition is read before its position is known", uses: oneWorker, stall: 30 * s, inflict: loseAtStart(kmsg.OffsetFetch, 70)},
		{name: "lose-joingroup", expect: "the group comes together at last", uses: oneWorker, stall: 40 * s, inflict: loseAtStart(kmsg.JoinGroup, 50)},
		{name: "late-replies", expect: "replies to EndTxn, TxnOffsetCommit and Produce that come seconds late change nothing", stall: 20 * s, inflict: late},
		{name: "late-endtxn", expect: "an EndTxn that reaches the broker when its sender has gone on ends no other transaction", stall: 20 * s, inflict: lateEndTxn},
		{name: "cut", expect: "connections are made again", stall: 20 * s, inflict: cut},
		{name: "latency", expect: "work is slower", stall: 20 * s, inflict: latency},
		{name: "deaf", expect: "a worker that hears nothing has done nothing twice", uses: oneWorker, stall: 40 * s, inflict: deaf},
		{name: "mute", expect: "a worker that nobody hears is taken for dead", uses: oneWorker, stall: 40 * s, inflict: mute},

		{name: "rights-revoked", expect: "work stands, says why, and goes on when the right is given back", uses: everything, stall: 45 * s, inflict: revoke},

		{name: "input-deleted", expect: "the worker ends with 65 and names the topic", outside: true, ending: inputDeleted},
		{name: "output-deleted", expect: "the worker ends with 78 and names the topic", outside: true, ending: outputDeleted},
		{name: "records-removed", expect: "the worker ends with 65 and tells which offsets are gone", outside: true, ending: recordsRemoved},
		{name: "offsets-deleted", expect: "the worker ends with 65 and names the partition", outside: true, ending: offsetsDeleted},
		{name: "oversize", expect: "what the broker refuses becomes a dead letter, all else stands", outside: true, ending: oversize},
	}
}
