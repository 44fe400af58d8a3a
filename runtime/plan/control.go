package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// controlMax bounds how long it may take to read or write the control topic.
const controlMax = 10 * time.Second

// Announce writes what subs are, in full, to the control topic, where there is one that may be looked at: the key of a record is
// the print of a fingerprint.Sub, the value its JSON. Positions hold the marks alone. Without the topic a plan still knows the
// class of every change, but cannot show what expressions were before.
func Announce(ctx context.Context, cl *kgo.Client, p *topology.Pipeline, subs []*topology.Sub) error {
	ctx, cancel := context.WithTimeout(ctx, controlMax)
	defer cancel()
	listed, err := kadm.NewClient(cl).ListTopics(ctx, p.Control())
	if topic, there := listed[p.Control()]; err == nil && (!there || topic.Err != nil) {
		return nil
	}
	var lines []*kgo.Record
	for _, sub := range subs {
		one := fingerprint.Of(p, sub)
		text, err := json.Marshal(one)
		if err != nil {
			return err
		}
		lines = append(lines, &kgo.Record{Topic: p.Control(), Key: []byte(one.Print()), Value: text})
	}
	if err == nil {
		err = cl.ProduceSync(ctx, lines...).FirstErr()
	}
	if err != nil {
		return fmt.Errorf("write topic %s: %w", p.Control(), err)
	}
	return nil
}

// known reads the control topic: all that was ever announced, by print. Without the topic it is empty.
func known(ctx context.Context, opts []kgo.Opt, admin *kadm.Client, p *topology.Pipeline) (map[string]*fingerprint.Sub, error) {
	ctx, cancel := context.WithTimeout(ctx, controlMax)
	defer cancel()
	all := map[string]*fingerprint.Sub{}
	ends, err := admin.ListCommittedOffsets(ctx, p.Control())
	if err == nil {
		err = ends.Error()
	}
	starts, err2 := admin.ListStartOffsets(ctx, p.Control())
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return all, nil
	case err != nil || err2 != nil:
		return nil, fmt.Errorf("find the end of topic %s: %w", p.Control(), errors.Join(err, err2))
	}
	ranges := map[int32][2]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		start, _ := starts.Lookup(o.Topic, o.Partition)
		ranges[o.Partition] = [2]int64{start.Offset, o.Offset}
	})
	return all, records.Range(ctx, opts, p.Control(), ranges, func(r *kgo.Record) error {
		sub := &fingerprint.Sub{}
		if json.Unmarshal(r.Value, sub) == nil && sub.Print() == string(r.Key) {
			all[sub.Print()] = sub
		}
		return nil
	})
}
