package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// Marks is the topic that says which dead letters of p have been replayed.
func Marks(p *topology.Pipeline) string { return p.Name + "-replay" }

// marks are the dead letters that have been replayed, a bit for each.
type marks struct {
	topicID string // of the dead-letter topic: its offsets mean nothing once it was made anew
	words   map[int32]map[int64]uint64
}

func (m *marks) has(place stage.Origin) bool {
	return m.words[place.Partition][place.Offset>>6]&(1<<(place.Offset&63)) != 0
}

func (m *marks) add(place stage.Origin) {
	if m.words[place.Partition] == nil {
		m.words[place.Partition] = map[int64]uint64{}
	}
	m.words[place.Partition][place.Offset>>6] |= 1 << (place.Offset & 63)
}

// mark is the value of a record of the marks; its key is the letter's topic:partition:offset.
type mark struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	TopicID   string `json:"topic_id"`
	Operator  string `json:"operator"`
	At        string `json:"at"`
}

// record is the mark of a letter that is replayed now.
func (m *marks) record(l *deadletter.Letter, now time.Time) (*stage.Meta, []byte) {
	value, err := json.Marshal(mark{
		Topic: l.Place.Topic, Partition: l.Place.Partition, Offset: l.Place.Offset,
		TopicID: m.topicID, Operator: l.Operator, At: now.UTC().Format(time.RFC3339),
	})
	if err != nil { // no text or number fails
		panic(err)
	}
	return &stage.Meta{Key: []byte(l.Place.String()), Time: now, Origin: l.Place}, value
}

// load reads the marks of p; without their topic there are none. All that was ever written there counts: the end is
// where an uncommitted reader sees it, and is waited for, since the marker of the last transaction may be on its way still.
func load(ctx context.Context, opts []kgo.Opt, client *kgo.Client, p *topology.Pipeline) (*marks, error) {
	m, admin := &marks{words: map[int32]map[int64]uint64{}}, kadm.NewClient(client)
	details, err := admin.ListTopics(ctx, p.OnError.DeadLetter)
	if err != nil {
		return nil, fmt.Errorf("look at topic %s: %w", p.OnError.DeadLetter, err)
	}
	m.topicID = details[p.OnError.DeadLetter].ID.String()
	if _, err := records.Settled(ctx, admin, Marks(p)); err != nil {
		if errors.Is(err, topics.ErrTopics) {
			return m, nil
		}
		return nil, err
	}
	return m, scan(ctx, opts, Marks(p), func(r *kgo.Record) error {
		var one mark
		if json.Unmarshal(r.Value, &one) == nil && one.Topic == p.OnError.DeadLetter && one.TopicID == m.topicID {
			m.add(stage.Origin{Topic: one.Topic, Partition: one.Partition, Offset: one.Offset})
		}
		return nil
	})
}
