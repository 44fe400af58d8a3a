package testdriver

import (
	"context"
	"slices"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

var _ transport.Holder = (*memory)(nil)

// holding is what a source has whose records are held: it is committed as far as it stands.
type holding struct {
	held            int // batches
	stands          bool
	stood, standing spot // committed, and said since
	paused          bool
}

// spot is a position and the state beside it.
type spot struct {
	next  int
	state string
}

// Hold takes the source out of what the next commit moves.
func (m *memory) Hold(tb transport.Batch) (next int64) {
	b := tb.(*batch)
	if !b.stands {
		b.stands, b.stood.next = true, b.committed
		b.standing = b.stood
	}
	b.held++
	return b.from + int64(len(b.records))
}

// Release forgets a batch.
func (m *memory) Release(b transport.Batch) { b.(*batch).held-- }

func (m *memory) Read(tb transport.Batch, i int, meta *stage.Meta) []byte {
	r := tb.(*batch).records[i]
	headers := meta.Headers[:0]
	*meta = r.Meta
	meta.Headers = append(headers, r.Headers...)
	return r.value
}

func (m *memory) Stand(topic string, partition int32, next int64, state string) {
	m.source(topic, partition).standing = spot{int(next), state}
}

func (m *memory) Standing(topic string, partition int32) (next int64, state string) {
	s := m.source(topic, partition)
	return int64(s.stood.next), s.stood.state
}

func (m *memory) Pause(topic string, partition int32)  { m.source(topic, partition).paused = true }
func (m *memory) Resume(topic string, partition int32) { m.source(topic, partition).paused = false }

// End is known once nothing upstream has anything left to do: the given events are there from the beginning.
func (m *memory) End(_ context.Context, topic string, partition int32) (end int64, known bool) {
	return int64(len(m.cluster[topic][partition])), m.finished()
}

// Tail never shows an end: no clock decides in a test that an input is idle. It is as if a transaction were open behind the
// last record.
func (m *memory) Tail(_ context.Context, topic string, partition int32) (stable, written int64, err error) {
	n := int64(len(m.cluster[topic][partition]))
	return n, n + 1, nil
}

func (m *memory) source(topic string, partition int32) *source {
	return m.sources[slices.IndexFunc(m.sources, func(s *source) bool { return s.topic == topic && s.partition == partition })]
}

// finished tells whether nothing will be written to an input any more.
func (m *memory) finished() bool {
	return !slices.ContainsFunc(m.upstream, func(up *memory) bool { return !up.idle() || !up.finished() })
}

// idle tells whether everything that can be read has been read, and nothing is held.
func (m *memory) idle() bool {
	return !slices.ContainsFunc(m.sources, func(s *source) bool { return s.held > 0 || s.read < len(m.cluster[s.topic][s.partition]) })
}

// ready tells whether a step would get on: there is something to read, or what is held will go out since nothing more comes.
func (m *memory) ready() bool { return len(m.unread()) > 0 || !m.idle() && m.finished() }
