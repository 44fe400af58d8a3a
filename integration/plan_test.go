package integration_test

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/plan"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

const planned = `
apiVersion: anabranch/v1
kind: Pipeline
name: planned
streams:
  in: {topic: planned.in, partitions: 2}
  mid: {topic: planned.mid}
  out: {topic: planned.out, partitions: 2}
operators:
  keep: {type: filter, from: in, where: 'key != null', to: mid}
  again: {type: filter, from: mid, where: 'true', to: out}
`

// TestPlanApplyAndTheStartCheck deploys a pipeline, changes it as workers may do by themselves, and then in a way that
// they refuse until it was applied.
func TestPlanApplyAndTheStartCheck(t *testing.T) {
	brokers := shared.Brokers(t)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	load := func(text string) *topology.Pipeline {
		p, err := topology.Parse("planned.yaml", []byte(text), topology.Options{Partitioner: client.Partition})
		if err != nil {
			t.Fatal(err)
		}
		p.Kafka = topology.Kafka{Brokers: brokers}
		return p
	}
	apply := func(text string, want fingerprint.Class) {
		t.Helper()
		for _, class := range []fingerprint.Class{want, fingerprint.None} {
			cluster, err := plan.Reach(t.Context(), load(text), quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			state, err := cluster.Observe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			made := plan.Of(load(text), state, false)
			if made.Class != class {
				t.Fatalf("class %s, want %s: %+v", made.Class, class, made.Changes)
			}
			if _, err := cluster.Apply(t.Context(), state, made, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := func(text string) error {
		w, err := runtime.New(load(text), runtime.Options{Instance: "a", UntilEnd: true, Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		return w.Run(t.Context())
	}
	apply(planned, fingerprint.Rolling)
	producer, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: "planned.in", Key: []byte("a")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	rolling := strings.Replace(planned, "where: 'true'", "where: 'key != null'", 1)
	for _, text := range []string{planned, rolling} {
		if err := run(text); err != nil {
			t.Fatal(err)
		}
	}
	joined := strings.Replace(planned, "  mid: {topic: planned.mid}\n", "", 1)
	if err := run(joined); !errors.Is(err, runtime.ErrChanged) {
		t.Fatalf("before apply: %v", err)
	}
	apply(joined, fingerprint.Drain)
	if err := run(joined); err != nil {
		t.Fatalf("after apply: %v", err)
	}
	if err := run(planned); err != nil {
		t.Fatalf("cut again, which is rolling: %v", err)
	}
}
