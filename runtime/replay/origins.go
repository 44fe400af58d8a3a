package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// origins reads source records again, one at a time.
type origins struct {
	options []kgo.Opt
	client  *kgo.Client // nil until it is needed
	lost    map[stage.Origin]error
}

func (o *origins) close() {
	if o.client != nil {
		o.client.Close()
	}
}

// originMax bounds the wait for one source record.
const originMax = 10 * time.Second

var errGone = errors.New("it points to its source record, which is gone")

// fetch puts the event that a pointer stands for into v, from the event's origin.
func (v *visit) fetch(ctx context.Context, l *deadletter.Letter) error {
	if d, ok := v.walk.doors[l.Operator]; ok && rekeyed(d.sub, d.node) {
		return errors.New("it points to its source record, and its key was made by a sharder further up")
	}
	r, err := v.origins.once(ctx, l.Event.Origin)
	if err != nil {
		return err
	}
	source, pointed := records.Meta(r), *l
	pointed.Event = source
	v.event, v.value = pointed.Again(time.Now()), r.Value
	return nil
}

// once is read, and does not ask again for what could not be read: a transaction is open meanwhile.
func (o *origins) once(ctx context.Context, at stage.Origin) (*kgo.Record, error) {
	if err := o.lost[at]; err != nil {
		return nil, err
	}
	r, err := o.read(ctx, at)
	if err != nil && ctx.Err() == nil {
		if o.lost == nil {
			o.lost = map[stage.Origin]error{}
		}
		o.lost[at] = err
	}
	return r, err
}

// read gives the committed record at an origin.
func (o *origins) read(ctx context.Context, at stage.Origin) (*kgo.Record, error) {
	if o.client == nil {
		client, err := kgo.NewClient(append(slices.Clone(o.options), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
			kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.MaxDecompressBatchBytes(decompressedMax))...)
		if err != nil {
			return nil, err
		}
		o.client = client
	}
	ctx, cancel := context.WithTimeout(ctx, originMax)
	defer cancel()
	o.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{at.Topic: {at.Partition: kgo.NewOffset().At(at.Offset)}})
	defer o.client.RemoveConsumePartitions(map[string][]int32{at.Topic: {at.Partition}})
	for ctx.Err() == nil {
		fetches := o.client.PollRecords(ctx, 1)
		if len(fetches.Errors()) > 0 && ctx.Err() == nil {
			return nil, errGone
		}
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			if r.Topic != at.Topic || r.Partition != at.Partition {
				continue
			}
			if r.Offset != at.Offset || r.Attrs.IsControl() {
				return nil, errGone
			}
			return r, nil
		}
	}
	return nil, fmt.Errorf("it points to its source record, which cannot be read: %w", ctx.Err())
}

// rekeyed tells whether a sharder on some way to node gives events a new key.
func rekeyed(sub *topology.Sub, node int32) bool {
	for n := range sub.Program.Nodes {
		for _, e := range sub.Program.Nodes[n].Ports {
			if e != (stage.Edge{Kind: stage.ToNode, To: node}) {
				continue
			}
			if s := sub.Program.Nodes[n].Shard; s != nil && s.Rekey || rekeyed(sub, int32(n)) {
				return true
			}
		}
	}
	return false
}
