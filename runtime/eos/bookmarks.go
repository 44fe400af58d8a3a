package eos

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// bookmark is what is committed of one partition: the position, and beside it the caller's note and state and the mark of
// who committed it.
type bookmark struct {
	next  int64
	note  string
	state string
	mark  string
}

// bookmarks are what the broker has committed for the partitions that this member owns. Each was read together with the
// position from which the client reads, or was committed here since. The client's group goroutine writes them too.
type bookmarks struct {
	mu     sync.Mutex
	of     map[spot]bookmark
	topics map[[16]byte]string // names by id
}

func newBookmarks() *bookmarks {
	return &bookmarks{of: map[spot]bookmark{}, topics: map[[16]byte]string{}}
}

func (b *bookmarks) at(s spot) bookmark {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of[s]
}

func (b *bookmarks) set(s spot, to bookmark) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of[s] = to
}

// advance is set after a commit, unless the partition has been read anew meanwhile and stands further on: it went to
// another worker and came back.
func (b *bookmarks) advance(s spot, to bookmark) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[s].next <= to.next {
		b.of[s] = to
	}
}

// fetched takes the notes out of the very answer from which the client takes its positions.
func (m *member) fetched(ctx context.Context, _ *kgo.Client, resp *kmsg.OffsetFetchResponse) error {
	for _, group := range resp.Groups {
		for _, t := range group.Topics {
			topic, err := m.topicName(ctx, t.Topic, t.TopicID)
			if err != nil {
				return err
			}
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					continue
				}
				at := bookmark{next: max(p.Offset, 0)}
				if p.Metadata != nil {
					at.note, at.state, at.mark = NoteIn(*p.Metadata), stateIn(*p.Metadata), MarkIn(*p.Metadata)
				}
				m.at.kept.set(spot{topic, p.Partition}, at)
			}
		}
	}
	return nil
}

// topicName is the name of a topic of which the broker may say the id alone.
func (m *member) topicName(ctx context.Context, name string, id [16]byte) (string, error) {
	if name != "" {
		return name, nil
	}
	if name = m.at.kept.named(id, nil); name != "" {
		return name, nil
	}
	listed, err := m.admin.ListTopics(ctx, m.config.topics()...)
	if err != nil {
		return "", fmt.Errorf("read the names of the topics of group %s: %w", m.config.Group, err)
	}
	if name = m.at.kept.named(id, listed); name == "" {
		return "", fmt.Errorf("read the notes of group %s: no input topic has id %x", m.config.Group, id)
	}
	return name, nil
}

// named is the name of the topic with an id, once listed has told what there is.
func (b *bookmarks) named(id [16]byte, listed kadm.TopicDetails) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range listed {
		b.topics[t.ID] = t.Topic
	}
	return b.topics[id]
}

// Note keeps a note beside the position of a partition that the next Commit moves.
func (m *member) Note(topic string, partition int32, note string) {
	if len(note) > transport.NoteBytesMax {
		note = ""
	}
	m.at.notes[spot{topic, partition}] = note
}

// Kept is a committed position, and the note and the mark beside it.
type Kept struct {
	Topic     string
	Partition int32
	Position  int64
	Note      string
	Mark      string
}

// Committed gives all positions of a group, none of one that does not exist. It waits until none of them hangs on an open
// transaction, or until ctx ends.
func Committed(ctx context.Context, admin *kadm.Client, group string) ([]Kept, error) {
	have, err := committedOffsets(ctx, admin, group)
	if err != nil {
		return nil, err
	}
	var all []Kept
	for s, c := range have {
		all = append(all, Kept{s.topic, s.partition, c.next, c.note, c.mark})
	}
	slices.SortFunc(all, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return all, nil
}
