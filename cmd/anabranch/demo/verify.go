package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/schemas"
)

// The topics of pipelines/signup.yaml.
const (
	inputTopic = "signups"
	auditTopic = "signups.audit"
	shardTopic = "signups.by-user"
	deadTopic  = "signups.dlq"
)

// shards is the number of partitions of shardTopic.
const shards = 8

// added are the prefixes of the headers that a dead letter has beyond its event.
var added = []string{"anabranch.", "__streams.errors."}

// Proof is what reading the topics back has shown.
type Proof struct {
	Events  int // in the input topic
	Poison  int // of them unreadable
	Outputs []history.Report
}

// Holds tells whether every output holds exactly what it must.
func (p *Proof) Holds() bool {
	for i := range p.Outputs {
		if p.Outputs[i].Err() != nil {
			return false
		}
	}
	return true
}

// verify reads all topics back, committed records only, and compares each output with what the input says must be there. It
// decodes and decides with code that shares nothing with the pipeline's.
func verify(ctx context.Context, brokers []string) (*Proof, error) {
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return nil, err
	}
	oracle, err := signup.NewOracle(string(schema))
	if err != nil {
		return nil, err
	}
	if err := history.Settled(ctx, brokers, inputTopic, auditTopic, shardTopic, deadTopic); err != nil {
		return nil, err
	}
	ledger, fates, err := readInput(ctx, brokers, oracle)
	if err != nil {
		return nil, err
	}
	proof := &Proof{Events: ledger.Len()}
	for _, fate := range fates {
		if fate == signup.Dead {
			proof.Poison++
		}
	}
	for _, output := range expected(fates) {
		check := history.NewCheck(ledger, output)
		err := history.Read(ctx, brokers, output.Topic, func(r *kgo.Record) error { check.Record(r); return nil })
		if err != nil {
			return nil, err
		}
		proof.Outputs = append(proof.Outputs, check.Finish())
	}
	return proof, nil
}

// readInput notes every event of the input topic, and its fate by its number.
func readInput(ctx context.Context, brokers []string, oracle *signup.Oracle) (*history.Ledger, map[int]signup.Fate, error) {
	ledger, fates := new(history.Ledger), make(map[int]signup.Fate)
	err := history.Read(ctx, brokers, inputTopic, func(r *kgo.Record) error {
		if err := ledger.Add(r); err != nil {
			return err
		}
		number, _ := history.Number(r)
		fates[number] = oracle.Fate(r.Value)
		return nil
	})
	if err == nil {
		err = ledger.Whole()
	}
	return ledger, fates, err
}

// expected says what each output must hold.
func expected(fates map[int]signup.Fate) []history.Output {
	return []history.Output{
		{Topic: auditTopic},
		{
			Topic: shardTopic,
			Want:  func(number int) bool { return fates[number] == signup.Kept },
			Place: func(r *kgo.Record) int32 { return client.Partition(r.Key, shards) },
		},
		{
			Topic:     deadTopic,
			Want:      func(number int) bool { return fates[number] == signup.Dead },
			Place:     func(r *kgo.Record) int32 { return r.Partition },
			Unordered: true,
			Added:     added,
			Origin:    origin,
		},
	}
}

// origin reads the source position that a dead letter names.
func origin(r *kgo.Record) (partition int32, offset int64, err error) {
	for _, h := range r.Headers {
		if h.Key != deadletter.HeaderOrigin {
			continue
		}
		text, ok := strings.CutPrefix(string(h.Value), inputTopic+":")
		if _, err = fmt.Sscanf(text, "%d:%d", &partition, &offset); !ok || err != nil {
			return 0, 0, fmt.Errorf("its origin is %q; want %s:PARTITION:OFFSET", h.Value, inputTopic)
		}
		return partition, offset, nil
	}
	return 0, 0, fmt.Errorf("it has no header %s", deadletter.HeaderOrigin)
}
