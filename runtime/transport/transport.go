package transport

import (
	"context"
	"errors"
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
)

// Transport reads the inputs of one sub-topology as a member of its consumer group, and writes its outputs, its dead
// letters and its positions in one transaction.
//
// One goroutine uses it: any number of Poll, Forward, Select and Add, then Commit or Abort, and again. Writes never
// fail by themselves: a write that the broker refuses is found by Commit, which then commits nothing. A transaction that
// stays open for 30 seconds is given up: its Commit gives false.
type Transport interface {
	// Poll waits for the next batches, at most until ctx ends or a moment of the transport's own has passed; a Round
	// without batches is normal. An error is final: the transport can only be closed.
	Poll(ctx context.Context) (Round, error)

	// Forward writes all records of b, unchanged, to one partition of a sink.
	Forward(sink int, partition int32, b Batch)
	// Select writes the picked records of b to a sink, in the order of the picks, unchanged but for the key where
	// a pick has a new one. The picks are not kept.
	Select(sink int, b Batch, picks []stage.Pick)
	// Add writes a record that the runtime made. Everything is copied before it returns.
	Add(sink int, partition int32, m *stage.Meta, value []byte)

	// Note keeps note beside the position of a partition that the next Commit moves, in place of the one that is there; a
	// partition without a new one keeps what it has. It is forgotten by an Abort and by a Commit that gives false. The note
	// is any bytes; one of more than NoteBytesMax is not kept.
	Note(topic string, partition int32, note string)

	// Commit ends the transaction with the positions of all batches polled since the last Commit or Abort.
	// False means that nothing was committed and that the next Poll reads again from the committed positions: all that
	// was derived from those batches must be dropped. With false, err may be a *Refused; any other error is final.
	// ctx does not cut a commit short, which would leave its outcome unknown: it ends within 30 seconds by itself.
	Commit(ctx context.Context) (committed bool, err error)
	// Abort ends the transaction without committing; the next Poll reads again from the committed positions.
	Abort(ctx context.Context) error
	// Close leaves the group. A transaction that is still open is aborted. It returns within seconds even if no
	// broker answers.
	Close()
}

// Round is what one Poll gives.
type Round struct {
	Batches []Batch
	// Assigned and Revoked are the tasks that came and went since the last Poll, by number.
	Assigned, Revoked []int32
	// Ended is true once every partition of the group has been committed up to its end, where the run has one.
	Ended bool
	// Session grows each time the transport claims its transactional id anew, before it reads on. While it stays the same,
	// no other process of that id has committed anything since.
	Session uint64
	// Rewound changes whenever what was polled and not committed will be polled again.
	Rewound uint64
	// Outage is why nothing can be read or committed now, and nil while all is well. It passes by itself: brokers
	// that do not answer, a right that was taken away, a session that is being made anew.
	Outage error
}

// Batch is consecutive records of one partition of an input. It is valid until the next Poll.
type Batch interface {
	// Input is the index of the input in the sub-topology, Topic the topic of it that the batch is from.
	Input() int
	Topic() string
	Partition() int32
	// Len is the number of records; 0 where only markers were read.
	Len() int
	// Committed is the position of the partition as it is committed now, whoever did so, and the note that stands beside it:
	// empty where there is none. Batches of one partition give the same until the transaction has ended.
	Committed() (position int64, note string)
	// Records calls f for each record in order, until f gives an error. What f is given are views that die with the call.
	Records(f func(i int, m *stage.Meta, value []byte) error) error
}

// NoteBytesMax is the longest note beside a position. Brokers take 4096 bytes there, of which a third goes into making
// text of the note, and some are needed for other things.
const NoteBytesMax = 2300

// Refusal is one record that the broker will never take, for a reason in the record itself.
type Refusal struct {
	Sink   int
	Origin stage.Origin // of the source record
	Err    error
}

// Refused says that the transaction was aborted because the broker refused records for what they are
// (MESSAGE_TOO_LARGE, INVALID_TIMESTAMP, INVALID_RECORD). Each of Records is refused whenever it is tried.
type Refused struct{ Records []Refusal }

func (r *Refused) Error() string {
	first := r.Records[0]
	return fmt.Sprintf("the broker refused %d records, first %s: %v", len(r.Records), first.Origin, first.Err)
}

// Errors that end a transport for good.
var (
	// ErrFenced: another process uses the same transactional id.
	ErrFenced = errors.New("another worker runs with the same instance id")
	// ErrUnreachable: no broker answered.
	ErrUnreachable = errors.New("no broker answers")
	// ErrPosition: the position of a partition is unknown or lies outside what the topic still holds.
	ErrPosition = errors.New("position lost")
	// ErrUnreadable: a record batch is not one that may be read, such as one that grows without measure when it is decompressed.
	ErrUnreadable = errors.New("a record batch cannot be read")
	// ErrTooOld: a broker cannot do what exactly once rests on.
	ErrTooOld = errors.New("the brokers are too old for exactly once")
	// ErrDenied: the cluster does not give this user a right that it cannot do without.
	ErrDenied = errors.New("rights are missing")
)
