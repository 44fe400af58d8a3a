package loop_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/loop"
	"github.com/anabranch-go/anabranch/integration/signup"
)

// TestLoopIsARivalWorthBeating holds that the loop does the pipeline's whole work: what it writes passes the same checks.
func TestLoopIsARivalWorthBeating(t *testing.T) {
	const events = 20_000
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, "in", "audit", "copy"), kfake.SeedTopics(8, "by-user"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	brokers := cluster.ListenAddrs()
	schema, err := os.ReadFile("../../schemas/signup.avsc")
	if err != nil {
		t.Fatal(err)
	}
	generator, err := signup.NewGenerator(string(schema), 500, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := generator.Produce(ctx, brokers, "in", 0, events); err != nil {
		t.Fatal(err)
	}
	input, err := signup.ReadInput(ctx, brokers, "in", string(schema))
	if err != nil {
		t.Fatal(err)
	}
	for group, work := range map[string]loop.Work{"signup": loop.Signup("audit", "by-user", 8), "copy": loop.Copy("copy")} {
		l := loop.Loop{Brokers: brokers, Group: group, Inputs: []string{"in"}, Work: work}
		if err := l.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, output := range []history.Output{input.Audit("audit"), input.ByUser("by-user", 8), input.Audit("copy")} {
		report, err := input.Check(ctx, brokers, output)
		if err != nil {
			t.Fatal(err)
		}
		if err := report.Err(); err != nil {
			t.Error(err)
		}
		if report.Wanted == 0 {
			t.Errorf("%s: nothing to check", output.Topic)
		}
	}
}

func TestWorkRefusesWhatItCannotRead(t *testing.T) {
	for name, work := range map[string]loop.Work{
		"signup": loop.Signup("audit", "by-user", 8), "exclude": loop.Exclude("rest", []int{14}), "split": loop.Split([]string{"a", "b"}, []int{20}),
	} {
		if err := work(&kgo.Record{Value: []byte{0xff}}, func(*kgo.Record) { t.Error("produced") }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
