package ordering

import (
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
)

// lane is one partition of one input.
type lane struct {
	topic string
	queue []*held // whose records have not all gone out; the first one's record at is the head
	at    int
	done  []*held // whose records have all gone out in the open transaction
	bytes int64   // of queue
	solid int     // records of queue that are more than heartbeats
	next  int64   // the position behind what was polled

	newest   merger.Rank // the greatest rank of a record in its place that was polled
	recorded []Decision  // of an earlier run, still to be repeated
	paused   bool

	stood int64  // the position that is committed
	state string // and the state beside it
	open  *standing

	idle     time.Time // since when it is known to have been read to its end; zero: it is not
	readable int64     // as the broker said last: the last stable offset
	written  int64     // and the high watermark
}

// standing is what the open transaction commits of a lane.
type standing struct {
	next  int64
	state string
}

// held is one batch with what was found of its records.
type held struct {
	batch    transport.Batch
	ranks    []merger.Rank
	verdicts []Verdict
	offsets  []int64
	bytes    int64
}

// What is kept of a record and of a header beside their bytes.
const (
	recordWeight = 200
	headerWeight = 40
)

// weightOf is the memory of a record, in bytes.
func weightOf(m *stage.Meta, value []byte) int64 {
	weight := recordWeight + len(m.Key) + len(value)
	for _, h := range m.Headers {
		weight += headerWeight + len(h.Key) + len(h.Value)
	}
	return int64(weight)
}

func (h *held) offset(i int) int64 { return h.offsets[i] }

// judge looks at each record of a batch once.
func (m *Merge) judge(l *lane, b transport.Batch) (*held, error) {
	h := &held{}
	if n := len(m.spare); n > 0 {
		h, m.spare = m.spare[n-1], m.spare[:n-1]
	}
	*h = held{batch: b, ranks: h.ranks[:0], verdicts: h.verdicts[:0], offsets: h.offsets[:0]}
	err := b.Records(func(_ int, meta *stage.Meta, value []byte) error {
		rank, verdict := m.config.Judge(l.topic, meta, value)
		if verdict != Heartbeat {
			l.solid++
		}
		if verdict == InPlace && l.newest.Less(rank) {
			l.newest = rank
		}
		if rank.S != "" {
			rank.S = string([]byte(rank.S)) // a view that dies with the call
		}
		h.ranks, h.verdicts = append(h.ranks, rank), append(h.verdicts, verdict)
		h.offsets = append(h.offsets, meta.Origin.Offset)
		h.bytes += weightOf(meta, value)
		return nil
	})
	return h, err
}
