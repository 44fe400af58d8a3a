package integration_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/kafka"
	"github.com/anabranch-go/anabranch/integration/process"
	"github.com/anabranch-go/anabranch/integration/progress"
	"github.com/anabranch-go/anabranch/integration/signup"
)

// The signup pipeline, as its file declares it.
const (
	pipeline   = "../pipelines/signup.yaml"
	schemaFile = "../schemas/signup.avsc"
	group      = "signup.signups"
	input      = "signups"
	audit      = "signups.audit"
	byUser     = "signups.by-user"
	dead       = "signups.dlq"
	partitions = 4
	shards     = 8
)

const (
	events      = 1_200_000
	users       = 50_000
	poisonEvery = 997
	runMax      = 5 * time.Minute
)

var shared kafka.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	shared.Stop()
	os.Exit(code)
}

// TestSignupIsExactlyOnceWhenAWorkerIsKilled kills one of two workers with SIGKILL half-way, starts it again,
// and reads all topics back.
func TestSignupIsExactlyOnceWhenAWorkerIsKilled(t *testing.T) {
	brokers := shared.Brokers(t)
	ctx, cancel := context.WithTimeout(t.Context(), runMax)
	defer cancel()
	in := produce(ctx, t, brokers)
	binary, err := process.Build(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	watcher, err := progress.Watch(ctx, brokers, group, input)
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()

	start := func(instance string) *process.Worker {
		w, err := process.Start(ctx, instance, binary, []string{"KAFKA_BROKERS=" + strings.Join(brokers, ",")},
			"run", pipeline, "--until-end", "--create-topics", "--instance", instance)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	workers := []*process.Worker{start("a"), start("b")}
	reach(ctx, t, watcher, watcher.Total()/2, workers)
	victim := busy(ctx, t, watcher, workers)
	if err := workers[victim].Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	workers[victim] = start(workers[victim].Name)
	reach(ctx, t, watcher, watcher.Total(), workers)
	for _, w := range workers {
		if err := w.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	gap, partition := watcher.Standstill(killed)
	t.Logf("steady rate %.0f events/s; after the kill partition %d stood still longest: %v", watcher.Rate(), partition, gap.Round(time.Millisecond))
	verify(ctx, t, brokers, in)
}

// produce fills the input topic and reads it back.
func produce(ctx context.Context, t *testing.T, brokers []string) *signup.Input {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, partitions, 1, nil, input); err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	generator, err := signup.NewGenerator(string(schema), users, time.Now().Add(-events*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	generator.PoisonEvery = poisonEvery
	if err := generator.Produce(ctx, brokers, input, 0, events); err != nil {
		t.Fatal(err)
	}
	in, err := signup.ReadInput(ctx, brokers, input, string(schema))
	if err != nil {
		t.Fatal(err)
	}
	if in.Ledger.Len() != events || in.Fates[signup.Dead] != events/poisonEvery {
		t.Fatalf("%d events went in, %d of them poison; want %d and %d", in.Ledger.Len(), in.Fates[signup.Dead], events, events/poisonEvery)
	}
	return in
}

// reach waits until the group has committed to position n in sum. A worker that ends before fails the test.
func reach(ctx context.Context, t *testing.T, watcher *progress.Watcher, n int64, workers []*process.Worker) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, w := range workers {
		go func() {
			select {
			case <-w.Done():
				if w.Wait() != nil {
					cancel()
				}
			case <-ctx.Done():
			}
		}()
	}
	if err := watcher.Until(ctx, n); err != nil {
		for _, w := range workers {
			t.Logf("worker %s wrote:\n%s", w.Name, w.Output())
		}
		t.Fatal(err)
	}
}

// busy gives the index of a worker that holds partitions.
func busy(ctx context.Context, t *testing.T, watcher *progress.Watcher, workers []*process.Worker) int {
	t.Helper()
	owners, err := watcher.Owners(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range workers {
		if n := owners[group+"."+w.Name]; n > 0 {
			t.Logf("half-way worker %s holds %d of %d partitions; it is killed", w.Name, n, partitions)
			return i
		}
	}
	t.Fatalf("no worker holds a partition half-way: %v", owners)
	return 0
}

// verify reads the outputs back, read_committed.
func verify(ctx context.Context, t *testing.T, brokers []string, in *signup.Input) {
	t.Helper()
	if err := history.Settled(ctx, brokers, audit, byUser, dead); err != nil {
		t.Error(err)
	}
	for _, output := range []history.Output{in.Audit(audit), in.ByUser(byUser, shards), in.DeadLetters(dead, input)} {
		report, err := in.Check(ctx, brokers, output)
		if err != nil {
			t.Fatal(err)
		}
		if err := report.Err(); err != nil {
			t.Error(err)
		}
		t.Log(&report)
	}
}
