package tap

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writer writes values into topics in transactions.
type writer struct {
	t      *testing.T
	client *kgo.Client
	addrs  []string
}

func newWriter(t *testing.T, topics ...string) *writer {
	t.Helper()
	broker, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addrs()...), kgo.TransactionalID("writer"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); broker.Close() })
	if _, err := kadm.NewClient(client).CreateTopics(t.Context(), 2, 1, nil, topics...); err != nil {
		t.Fatal(err)
	}
	return &writer{t, client, broker.Addrs()}
}

// write writes values, each as topic:partition:value, in one transaction that is then ended.
func (w *writer) write(end kgo.TransactionEndTry, values ...string) {
	w.t.Helper()
	if err := w.client.BeginTransaction(); err != nil {
		w.t.Fatal(err)
	}
	for _, v := range values {
		part := strings.Split(v, ":")
		r := &kgo.Record{Topic: part[0], Partition: int32(part[1][0] - '0'), Value: []byte(part[2])}
		if err := w.client.ProduceSync(w.t.Context(), r).FirstErr(); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.client.EndTransaction(w.t.Context(), end); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) open(out *bytes.Buffer, all bool, topics ...string) *Tap {
	w.t.Helper()
	tap, err := Open(w.t.Context(), []kgo.Opt{kgo.SeedBrokers(w.addrs...)}, topics, all)
	if err != nil {
		w.t.Fatal(err)
	}
	tap.Out = out
	tap.Form = func(*kgo.Record) *ndjson.Form { return new(ndjson.Form) }
	w.t.Cleanup(tap.Close)
	return tap
}

func lines(out *bytes.Buffer) string {
	return fmt.Sprint(strings.Fields(strings.ReplaceAll(out.String(), `"`, "")))
}

func TestDrainWritesWhatIsCommittedByPartition(t *testing.T) {
	w := newWriter(t, "a", "b")
	w.write(kgo.TryCommit, "b:0:1", "a:1:2", "a:0:3")
	w.write(kgo.TryAbort, "a:0:lost", "a:1:lost")
	w.write(kgo.TryCommit, "a:1:4", "a:0:5")
	w.write(kgo.TryAbort, "a:0:lost")
	var out bytes.Buffer
	tap := w.open(&out, true, "a", "b")
	if err := tap.Drain(t.Context()); err != nil || lines(&out) != "[3 5 2 4 1]" || tap.Written() != 5 {
		t.Fatalf("got %s, %d, %v", lines(&out), tap.Written(), err)
	}
	w.write(kgo.TryCommit, "a:0:6")
	if err := tap.Drain(t.Context()); err != nil || lines(&out) != "[3 5 2 4 1 6]" {
		t.Errorf("a second time: got %s, %v", lines(&out), err)
	}
}

func TestDrainStopsBeforeAnOpenTransaction(t *testing.T) {
	w := newWriter(t, "a")
	w.write(kgo.TryCommit, "a:0:1")
	if err := w.client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := w.client.ProduceSync(t.Context(), &kgo.Record{Topic: "a", Value: []byte("open")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := w.open(&out, true, "a").Drain(t.Context()); err != nil || lines(&out) != "[1]" {
		t.Errorf("got %s, %v", lines(&out), err)
	}
	if err := w.client.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutAllItBeginsAtThePresent(t *testing.T) {
	w := newWriter(t, "a")
	w.write(kgo.TryCommit, "a:0:before", "a:1:before")
	var out bytes.Buffer
	tap := w.open(&out, false, "a")
	w.write(kgo.TryCommit, "a:0:1", "a:1:2")
	if err := tap.Drain(t.Context()); err != nil || lines(&out) != "[1 2]" {
		t.Errorf("got %s, %v", lines(&out), err)
	}
}

func TestFollowWritesAllUpToTheStop(t *testing.T) {
	w := newWriter(t, "a")
	var out bytes.Buffer
	tap := w.open(&out, true, "a")
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- tap.Follow(t.Context(), stop) }()
	var want []string
	for i := range 50 {
		w.write(kgo.TryCommit, fmt.Sprint("a:0:", i))
		w.write(kgo.TryAbort, "a:0:lost")
		want = append(want, fmt.Sprint(i))
	}
	close(stop)
	if err := <-done; err != nil || lines(&out) != fmt.Sprint(want) {
		t.Errorf("got %s, %v", lines(&out), err)
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	w := newWriter(t, "a")
	var out bytes.Buffer
	tap := w.open(&out, true, "a")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := tap.Follow(ctx, nil); err == nil {
		t.Error("want the context's error")
	}
}

func TestTopicThatDoesNotExist(t *testing.T) {
	w := newWriter(t, "a")
	if _, err := Open(t.Context(), []kgo.Opt{kgo.SeedBrokers(w.addrs...)}, []string{"nowhere"}, true); err == nil {
		t.Error("want an error")
	}
}
