package signup

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
)

// Input is what the input topic holds, with the fate of each event.
type Input struct {
	Ledger     history.Ledger
	Fates      [3]int // events by Fate
	kept, dead history.Bitmap
}

// ReadInput reads the input topic back and asks an Oracle about each event.
func ReadInput(ctx context.Context, brokers []string, topic, schema string) (*Input, error) {
	oracle, err := NewOracle(schema)
	if err != nil {
		return nil, err
	}
	in := &Input{}
	if err := history.Read(ctx, brokers, topic, func(r *kgo.Record) error { return in.Add(oracle, r) }); err != nil {
		return nil, err
	}
	return in, in.Ledger.Whole()
}

// Add notes one record of the input topic, and asks an Oracle about it.
func (in *Input) Add(oracle *Oracle, r *kgo.Record) error {
	if err := in.Ledger.Add(r); err != nil {
		return err
	}
	number, _ := history.Number(r)
	fate := oracle.Fate(r.Value)
	in.Fates[fate]++
	switch fate {
	case Kept:
		in.kept.Set(number)
	case Dead:
		in.dead.Set(number)
	}
	return nil
}

// Audit is what a topic of untouched copies must hold: every event, on the partition of its source, in its order.
func (in *Input) Audit(topic string) history.Output { return history.Output{Topic: topic} }

// ByUser is what the sharded topic must hold: the kept events, each on the Kafka partition of its user, in order per user.
func (in *Input) ByUser(topic string, shards int) history.Output {
	hash := kgo.StickyKeyPartitioner(nil).ForTopic(topic)
	return history.Output{
		Topic: topic, Want: in.kept.Has,
		Place: func(r *kgo.Record) int32 { return int32(hash.Partition(r, shards)) },
		Lane:  func(r *kgo.Record) uint64 { return xxhash.Sum64(r.Key) },
	}
}

// DeadLetters is what the dead-letter topic must hold: each unreadable event once, with its origin, on any partition.
func (in *Input) DeadLetters(topic, source string) history.Output {
	return history.Output{
		Topic: topic, Want: in.dead.Has, Unordered: true,
		Place: func(r *kgo.Record) int32 { return r.Partition },
		Added: []string{"__streams.errors.", "anabranch.pipeline", "anabranch.operator", "anabranch.code", "anabranch.expression", "anabranch.origin",
			"anabranch.attempt", "anabranch.revision", "anabranch.streams", "anabranch.pointer"},
		Origin: func(r *kgo.Record) (int32, int64, error) { return origin(r, source) },
	}
}

// Check reads one output topic and gives what is wrong with it.
func (in *Input) Check(ctx context.Context, brokers []string, output history.Output) (history.Report, error) {
	check := history.NewCheck(&in.Ledger, output)
	err := history.Read(ctx, brokers, output.Topic, func(r *kgo.Record) error {
		check.Record(r)
		return nil
	})
	return check.Finish(), err
}

// origin reads where a dead letter says that it comes from, which it says twice: in the headers of KIP-1034 and in ours.
func origin(r *kgo.Record, source string) (partition int32, offset int64, err error) {
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	topic, ok := headers["__streams.errors.topic"]
	if !ok || topic != source {
		return 0, 0, fmt.Errorf("its topic header is %q, want %q", topic, source)
	}
	p, err := strconv.ParseInt(headers["__streams.errors.partition"], 10, 32)
	if err != nil {
		return 0, 0, fmt.Errorf("its partition header: %w", err)
	}
	offset, err = strconv.ParseInt(headers["__streams.errors.offset"], 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("its offset header: %w", err)
	}
	want := strings.Join([]string{source, strconv.FormatInt(p, 10), strconv.FormatInt(offset, 10)}, ":")
	if ours := headers["anabranch.origin"]; !strings.HasPrefix(ours, want) {
		return 0, 0, fmt.Errorf("its headers disagree: anabranch.origin is %q, want %q", ours, want)
	}
	return int32(p), offset, nil
}
