package transport

import (
	"context"

	"github.com/anabranch-go/anabranch/stage"
)

// Holder is a Transport for operators that make records wait: it keeps batches beyond the transaction in which they were
// polled, and commits the positions that it is told in place of those that were polled.
//
// What is held is dropped, without Release, whenever it will be polled again: when a Commit gives false, after an Abort,
// when Round.Rewound has changed, and for the partitions of a revoked task.
type Holder interface {
	Transport

	// Hold keeps a batch of the last Poll until Release, and gives the position behind it, markers included. From then on the
	// partition is committed only as far as Stand says.
	Hold(b Batch) (next int64)
	// Release gives a held batch back, whose records have all been written and committed or need not be.
	Release(b Batch)
	// Read gives record i of a held batch: m is filled anew. Both are views that live until Release.
	Read(b Batch, i int, m *stage.Meta) (value []byte)

	// Stand says what the next Commit is to commit of a partition: the position of its first record that is not done, and a
	// state beside it, any StateBytesMax bytes. Where both are what is committed already, the partition is not part of the
	// commit.
	Stand(topic string, partition int32, next int64, state string)
	// Standing gives what is committed of a partition that has been assigned, once some batch of its task was polled.
	Standing(topic string, partition int32) (next int64, state string)

	// Pause stops reading a partition, and Resume goes on. A pause ends, too, where what is held of its partition is dropped.
	Pause(topic string, partition int32)
	Resume(topic string, partition int32)

	// End is where a partition ends in this run; false where that is not known, or there is no end.
	End(ctx context.Context, topic string, partition int32) (end int64, known bool)
	// Tail asks the broker how far a partition can be read, its last stable offset, and how far it has been written, its high
	// watermark. They differ while a transaction is open there.
	Tail(ctx context.Context, topic string, partition int32) (stable, written int64, err error)
}

// StateBytesMax is the longest state beside a position.
const StateBytesMax = 300
