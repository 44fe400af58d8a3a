package integration_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/process"
)

const (
	lanePartitions = 2
	laneEvents     = 12_000 // a second of writing, of the fastest input
	laneRounds     = 12
)

// laneTopics are the inputs of the ordered merger, in its order. The last falls silent half-way, and wakes again at the end.
var laneTopics = []string{"ordered.web", "ordered.mobile", "ordered.partner"}

const orderedFile = `apiVersion: anabranch/v1
kind: Pipeline
name: %[1]s
kafka: {brokers: ["${KAFKA_BROKERS}"]}
streams:
  web: {topic: ordered.web, value: {format: string}}
  mobile: {topic: ordered.mobile, value: {format: string}}
  partner: {topic: ordered.partner, value: {format: string}}
  all: {topic: %[1]s.all, partitions: 2}
  late: {topic: %[1]s.late, partitions: 2}
operators:
  merge: {type: merger, from: [web, mobile, partner], order_by: timestamp, wait: {idle_after: 2s}, late: late, to: all}
`

// TestOrderedMergerGivesTheSameBytesAgain merges three inputs of which one falls silent, with open and aborted transactions in them, while
// workers are killed. What comes out is what the logs and the recorded decisions say; and a second pipeline that repeats
// the decisions writes the same bytes.
func TestOrderedMergerGivesTheSameBytesAgain(t *testing.T) {
	brokers := shared.Brokers(t)
	ctx, cancel := context.WithTimeout(t.Context(), runMax)
	defer cancel()
	createLanes(ctx, t, brokers)
	dir := t.TempDir()
	binary, err := process.Build(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	start := func(pipeline, instance string, flags ...string) *process.Worker {
		file := filepath.Join(dir, pipeline+".yaml")
		if err := os.WriteFile(file, fmt.Appendf(nil, orderedFile, pipeline), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"run", file, "--create-topics", "--instance", instance}, flags...)
		w, err := process.Start(ctx, instance, binary, []string{"KAFKA_BROKERS=" + strings.Join(brokers, ",")}, args...)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}

	workers := []*process.Worker{start("first", "a"), start("first", "b")}
	for round := range laneRounds {
		writeLanes(ctx, t, brokers, round)
		if round%2 == 1 {
			victim := round / 2 % len(workers)
			if err := workers[victim].Kill(); err != nil {
				t.Fatal(err)
			}
			workers[victim] = start("first", workers[victim].Name)
		}
	}
	for _, w := range workers {
		stopWorker(t, w)
	}
	wait(t, start("first", "a", "--until-end"))

	want, decisions := laneReference(ctx, t, brokers, "first-control")
	got := readLanes(ctx, t, brokers, "first")
	compareLanes(t, want, got)
	if decisions == 0 || len(got.late) == 0 {
		t.Errorf("%d decisions and %d late records; the test wants some", decisions, len(got.late))
	}

	victim := start("second", "a", "--decisions", "first-control", "--until-end")
	time.Sleep(1500 * time.Millisecond)
	_ = victim.Kill() // it may be done already
	wait(t, start("second", "a", "--decisions", "first-control", "--until-end"))
	again := readLanes(ctx, t, brokers, "second")
	compareLanes(t, got, again)
	t.Logf("%d records in order, %d late, %d decisions; the replay gave the same bytes", len(got.all), len(got.late), decisions)
}

func createLanes(ctx context.Context, t *testing.T, brokers []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	made, err := kadm.NewClient(client).CreateTopics(ctx, lanePartitions, 1, nil, laneTopics...)
	if err == nil {
		err = made.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// writeLanes writes a second of records to each input, in transactions of which some are aborted. Times come close to each other, are
// equal, and go back; the inputs do not keep pace with each other.
func writeLanes(ctx context.Context, t *testing.T, brokers []string, round int) {
	t.Helper()
	chance := rand.New(rand.NewPCG(7, uint64(round)))
	began := time.Now()
	for lane, topic := range laneTopics {
		if lane == 2 && round > laneRounds/2 && round < laneRounds-1 {
			continue
		}
		writer, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.TransactionalID("writer-"+topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		for part := range 4 {
			if err := writer.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			n := laneEvents / 4 / (1 + lane*lane*2)
			for i := range n {
				at := time.Unix(1_760_000_000+int64(round), 0).Add(time.Duration(part*n+i) * time.Second / time.Duration(4*n))
				if lane == 2 && round == laneRounds-1 {
					at = at.Add(-4 * time.Second) // what it slept through
				}
				at = at.Add(-time.Duration(chance.IntN(30)) * time.Millisecond).Truncate(5 * time.Millisecond)
				writer.Produce(ctx, &kgo.Record{
					Topic: topic, Partition: int32(chance.IntN(lanePartitions)), Timestamp: at, Key: fmt.Appendf(nil, "k%d", chance.IntN(100)),
					Value: fmt.Appendf(nil, "%s/%d/%d/%d", topic, round, part, i), Headers: []kgo.RecordHeader{{Key: "n", Value: []byte{byte(i)}}},
				}, nil)
			}
			if err := writer.Flush(ctx); err != nil {
				t.Fatal(err)
			}
			if err := writer.EndTransaction(ctx, kgo.TransactionEndTry(part != 2)); err != nil {
				t.Fatal(err)
			}
		}
		writer.Close()
	}
	time.Sleep(time.Until(began.Add(time.Second)))
}

func stopWorker(t *testing.T, w *process.Worker) {
	t.Helper()
	if err := w.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wait(t, w)
}

func wait(t *testing.T, w *process.Worker) {
	t.Helper()
	if err := w.Wait(); err != nil {
		t.Fatal(err)
	}
}

// laneOutput is what a pipeline wrote, each record as a text with all that must be equal.
type laneOutput struct{ all, late []string }

func readLanes(ctx context.Context, t *testing.T, brokers []string, pipeline string) (o laneOutput) {
	t.Helper()
	for _, out := range []struct {
		topic string
		to    *[]string
	}{{pipeline + ".all", &o.all}, {pipeline + ".late", &o.late}} {
		byPartition := make([][]string, lanePartitions)
		if err := history.Settled(ctx, brokers, out.topic); err != nil {
			t.Fatal(err)
		}
		err := history.Read(ctx, brokers, out.topic, func(r *kgo.Record) error {
			byPartition[r.Partition] = append(byPartition[r.Partition], history.Text(r))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		*out.to = slices.Concat(byPartition...)
	}
	return o
}

// laneReference is what must have come.
func laneReference(ctx context.Context, t *testing.T, brokers []string, control string) (want laneOutput, decisions int) {
	t.Helper()
	order, err := history.ReadOrder(ctx, []kgo.Opt{kgo.SeedBrokers(brokers...)}, "merge", control, laneTopics...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range order.Records {
		if r.Late {
			want.late = append(want.late, r.Text)
		} else {
			want.all = append(want.all, r.Text)
		}
	}
	return want, order.Decisions
}

func compareLanes(t *testing.T, want, got laneOutput) {
	t.Helper()
	for _, c := range []struct {
		what      string
		want, got []string
	}{{"in order", want.all, got.all}, {"late", want.late, got.late}} {
		for i := range max(len(c.want), len(c.got)) {
			if i >= len(c.want) || i >= len(c.got) || c.want[i] != c.got[i] {
				t.Fatalf("%s: %d records, want %d; the first that differs is number %d:\n got %v\nwant %v", c.what, len(c.got), len(c.want), i, c.got[min(i, len(c.got)):min(i+1, len(c.got))], c.want[min(i, len(c.want)):min(i+1, len(c.want))])
			}
		}
	}
}
