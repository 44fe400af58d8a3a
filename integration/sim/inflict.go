package sim

import (
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func moveLeader(w *world, random *rand.Rand, name string) {
	topic := w.topics[random.IntN(len(w.topics))]
	landed := w.txns.any()
	if err := w.cluster.MoveTopicPartition(topic.name, random.Int32N(topic.partitions), random.Int32N(brokers)); err != nil {
		w.fail("move a leader of %s: %v", topic.name, err)
	}
	w.tally.add(name, landed)
}

func shuffleLeaders(w *world, _ *rand.Rand, name string) {
	w.tally.add(name, w.txns.any())
	w.cluster.ShufflePartitionLeaders()
}

func moveCoordinators(w *world, _ *rand.Rand, name string) {
	w.tally.add(name, w.txns.any())
	w.cluster.RehashCoordinators()
}

func breakConnections(w *world, random *rand.Rand, name string) {
	s := w.slot(random)
	wire := s.wire()
	w.tally.add(name, w.txns.of(wire.instance))
	wire.hangUp()
}

// refuse makes the brokers answer the next few requests of a kind with an error.
func refuse(key kmsg.Key, errs []*kerr.Error) func(*world, *rand.Rand, string) {
	return func(w *world, random *rand.Rand, name string) {
		var last kmsg.Request
		w.handles = append(w.handles, w.cluster.Fault(kfake.Fault{
			Keys: []kmsg.Key{key}, Err: errs[random.IntN(len(errs))], Count: 1 + random.IntN(4), TopLevel: topLevel[key],
			When: func(req kmsg.Request) bool {
				if p, ok := req.(*kmsg.ProduceRequest); ok && p.TransactionID == nil {
					return false // who feeds the pipeline is left alone
				}
				if f, ok := req.(*kmsg.FetchRequest); ok && f.Rack == onlooker {
					return false // and who looks on
				}
				if req != last { // a request is asked about once for each of its partitions
					last = req
					w.tally.add(name, w.txns.fits(req))
				}
				return true
			},
		}))
	}
}

// topLevel are the requests whose answer has one error code for all that they carry.
var topLevel = map[kmsg.Key]bool{
	kmsg.EndTxn: true, kmsg.InitProducerID: true, kmsg.JoinGroup: true, kmsg.SyncGroup: true, kmsg.Heartbeat: true,
}

// loseReply breaks the connection over which the next reply of a kind would come.
func loseReply(key kmsg.Key) func(*world, *rand.Rand, string) {
	return func(w *world, random *rand.Rand, name string) {
		wire := w.slot(random).wire()
		wire.next(key, func(c call, _ []byte) []byte {
			w.tally.add(name, w.txns.of(wire.instance))
			return nil
		})
	}
}

// delayReply holds the next reply of a kind back.
func delayReply(key kmsg.Key) func(*world, *rand.Rand, string) {
	return func(w *world, random *rand.Rand, name string) {
		wire, wait := w.slot(random).wire(), time.Duration(random.Int64N(int64(8*time.Second)))
		wire.next(key, func(c call, reply []byte) []byte {
			w.tally.add(name, w.txns.of(wire.instance))
			time.Sleep(wait)
			return reply
		})
	}
}

// unknownCommit lets the broker end the transaction and tells the worker that it does not know.
func unknownCommit(w *world, random *rand.Rand, name string) {
	wire := w.slot(random).wire()
	wire.next(kmsg.EndTxn, func(c call, reply []byte) []byte {
		w.tally.add(name, w.txns.of(wire.instance))
		resp, ok := c.decode(reply).(*kmsg.EndTxnResponse)
		if !ok {
			return reply
		}
		resp.ErrorCode = kerr.UnknownServerError.Code
		return encode(reply, resp)
	})
}

func pause(least, most time.Duration) func(*world, *rand.Rand, string) {
	return func(w *world, random *rand.Rand, name string) {
		wire, d := w.slot(random).wire(), least+time.Duration(random.Int64N(int64(most-least)))
		w.inTransaction(wire)
		w.tally.add(name, w.txns.of(wire.instance))
		wire.stall(d)
	}
}

// stopProcess is SIGSTOP and later SIGCONT: beside the wire, the worker itself stands still at its next step, and goes on with
// it when all has moved on without it.
func stopProcess(least, most time.Duration) func(*world, *rand.Rand, string) {
	return func(w *world, random *rand.Rand, name string) {
		wire, d := w.slot(random).wire(), least+time.Duration(random.Int64N(int64(most-least)))
		w.inTransaction(wire)
		w.tally.add(name, w.txns.of(wire.instance))
		wire.freeze(d)
	}
}

func kill(same bool) func(*world, *rand.Rand, string) {
	return func(w *world, random *rand.Rand, name string) {
		s, wait := w.slot(random), time.Duration(random.Int64N(int64(3*time.Second)))
		w.inTransaction(s.wire())
		w.tally.add(name, w.txns.of(s.wire().instance))
		s.kill(same, wait)
	}
}

func restart(w *world, random *rand.Rand, name string) {
	s, wait := w.slot(random), time.Duration(random.Int64N(int64(3*time.Second)))
	w.tally.add(name, w.txns.of(s.wire().instance))
	s.restart(wait)
}

// storm makes one worker leave and come back again and again.
func storm(w *world, random *rand.Rand, name string) {
	s := w.slot(random)
	for range 3 + random.IntN(4) {
		w.tally.add(name, w.txns.any())
		s.restart(time.Duration(random.Int64N(int64(500 * time.Millisecond))))
		time.Sleep(time.Duration(500+random.IntN(1500)) * time.Millisecond)
	}
}
