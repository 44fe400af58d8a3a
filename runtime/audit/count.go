package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/records"
)

// deadLetter is the word for the dead letters in place of a stream's name.
const deadLetter = "dead_letter"

// count reads the topics that the pipeline reads and writes, and compares the number of their committed records with
// what the operators say.
func (a *auditor) count(ctx context.Context) error {
	for i := range a.found.Subs {
		for k := range a.found.Subs[i].Partitions {
			if err := a.countInput(ctx, &a.found.Subs[i], &a.found.Subs[i].Partitions[k]); err != nil {
				return err
			}
		}
	}
	var counted []Topic
	var strict []bool // whether nobody else may have written to it
	for i, sub := range a.pipeline.Subs {
		s := &a.found.Subs[i]
		for _, sink := range sub.Sinks {
			t := Topic{Topic: sink.Topic(), Stream: sink.Name, Least: s.emitted(sink)}
			if ok, err := a.countOutput(ctx, &t, anyRecord); err != nil {
				return err
			} else if ok {
				counted, strict = append(counted, t), append(strict, s.whole(nil) && sink.Managed)
			}
		}
	}
	if topic := a.pipeline.OnError.DeadLetter; topic != "" {
		t, whole := Topic{Topic: topic, Stream: deadLetter}, true
		for i := range a.found.Subs {
			t.Least += a.found.Subs[i].dead()
			whole = whole && a.found.Subs[i].whole(nil)
		}
		if ok, err := a.countOutput(ctx, &t, a.ownLetter); err != nil {
			return err
		} else if ok {
			counted, strict = append(counted, t), append(strict, whole)
		}
	}
	return a.compare(ctx, counted, strict)
}

// compare asks once more what was written, since the pipeline may have gone on, and compares.
func (a *auditor) compare(ctx context.Context, counted []Topic, strict []bool) error {
	after, err := a.subs(ctx)
	if err != nil {
		return err
	}
	for k := range counted {
		t := &counted[k]
		for i, sub := range a.pipeline.Subs {
			if t.Stream == deadLetter {
				t.Most += after[i].dead()
				continue
			}
			for _, sink := range sub.Sinks {
				if sink.Name == t.Stream {
					t.Most = after[i].emitted(sink)
				}
			}
		}
		switch {
		case t.Records < t.Least:
			a.unbalanced(t.Topic, "it holds %d committed records, but %d were written to it", t.Records, t.Least)
		case t.Records-t.Replayed <= t.Most:
		case strict[k]:
			a.unbalanced(t.Topic, "it holds %d committed records, but only %d were written to it", t.Records, t.Most)
		default:
			a.remark("topic %s holds %d records more than are counted: from before, or from others", t.Topic, t.Records-t.Replayed-t.Most)
		}
	}
	a.found.Topics = counted
	return nil
}

// countInput counts the records from which a partition was counted.
func (a *auditor) countInput(ctx context.Context, s *Sub, p *Partition) error {
	if p.Err != nil {
		return nil
	}
	starts, err := records.Offsets(ctx, a.admin.ListStartOffsets, p.Topic)
	if err != nil {
		return err
	}
	if start := starts[p.Partition]; start > p.From {
		a.remark("%s[%d] begins at offset %d now: records that were read before cannot be counted again", p.Topic, p.Partition, start)
		return nil
	}
	if compacted, err := a.compacted(ctx, p.Topic); err != nil || compacted {
		return err
	}
	var n uint64
	err = records.Range(ctx, a.options, p.Topic, map[int32][2]int64{p.Partition: {p.From, p.Position}}, func(*kgo.Record) error {
		n++
		return nil
	})
	if err != nil {
		return err
	}
	if n != p.Records {
		a.found.Imbalances = append(a.found.Imbalances, Imbalance{Sub: s.Name, Topic: p.Topic, Partition: p.Partition,
			What: fmt.Sprintf("%d records were read, but there are %d from offset %d to %d", p.Records, n, p.From, p.Position)})
	}
	return nil
}

// countOutput counts the records of a whole topic that take takes. False: not all that were written are there.
func (a *auditor) countOutput(ctx context.Context, t *Topic, take func(*kgo.Record) (counts, replayed bool)) (bool, error) {
	starts, err := records.Offsets(ctx, a.admin.ListStartOffsets, t.Topic)
	if err != nil {
		return false, err
	}
	for partition, start := range starts {
		if start > 0 {
			a.remark("topic %s is not counted: partition %d begins at offset %d, what was before is deleted", t.Topic, partition, start)
			return false, nil
		}
	}
	if compacted, err := a.compacted(ctx, t.Topic); err != nil || compacted {
		return false, err
	}
	ends, err := records.Settled(ctx, a.admin, t.Topic)
	if err != nil {
		return false, err
	}
	ranges := map[int32][2]int64{}
	for partition, end := range ends {
		ranges[partition] = [2]int64{0, end}
	}
	return true, records.Range(ctx, a.options, t.Topic, ranges, func(r *kgo.Record) error {
		counts, replayed := take(r)
		if counts {
			t.Records++
		}
		if counts && replayed {
			t.Replayed++
		}
		return nil
	})
}

func anyRecord(r *kgo.Record) (counts, replayed bool) {
	return true, headerOf(r, deadletter.HeaderReplayTopic) != ""
}

// ownLetter counts the letters of this pipeline: others may use the topic, too.
func (a *auditor) ownLetter(r *kgo.Record) (counts, replayed bool) {
	return headerOf(r, deadletter.HeaderPipeline) == a.pipeline.Name, headerOf(r, deadletter.HeaderReplayTopic) != ""
}

func headerOf(r *kgo.Record, name string) (value string) {
	for _, h := range r.Headers {
		if h.Key == name {
			value = string(h.Value)
		}
	}
	return value
}

// compacted tells whether records of a topic may go one by one, and says so. Without the right to know, they stay.
func (a *auditor) compacted(ctx context.Context, topic string) (bool, error) {
	configs, err := a.admin.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return false, fmt.Errorf("read the configuration of topic %s: %w", topic, err)
	}
	for _, c := range configs {
		for _, entry := range c.Configs {
			if entry.Key == "cleanup.policy" && strings.Contains(entry.MaybeValue(), "compact") {
				a.remark("topic %s is not counted: it is compacted", topic)
				return true, nil
			}
		}
	}
	return false, nil
}
