package history_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
)

// TestReadGivesCommittedRecordsOnly ends with an aborted transaction and leaves one open: both must neither show nor hang.
func TestReadGivesCommittedRecordsOnly(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	brokers := cluster.ListenAddrs()
	transact(ctx, t, brokers, "a", 1000, true, kgo.TryCommit)
	transact(ctx, t, brokers, "b", 10, true, kgo.TryAbort)
	if err := history.Settled(ctx, brokers, "t"); err != nil {
		t.Fatal(err)
	}
	open := transact(ctx, t, brokers, "c", 10, false, kgo.TryAbort)
	seen := map[string]bool{}
	if err := history.Read(ctx, brokers, "t", func(r *kgo.Record) error {
		seen[string(r.Value)] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if !seen[fmt.Sprintf("a%d", i)] {
			t.Fatalf("a%d was committed and is not seen", i)
		}
	}
	if len(seen) != 1000 {
		t.Fatalf("%d records seen, want 1000", len(seen))
	}
	short, stop := context.WithTimeout(ctx, 200*time.Millisecond)
	defer stop()
	if err := history.Settled(short, brokers, "t"); err == nil {
		t.Fatal("an open transaction counts as settled")
	}
	open.Close()
}

// transact produces n records in one transaction and ends it, or leaves it open and gives its client.
func transact(ctx context.Context, t *testing.T, brokers []string, id string, n int, end bool, try kgo.TransactionEndTry) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.TransactionalID(id), kgo.DefaultProduceTopic("t"),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		client.Produce(ctx, kgo.StringRecord(fmt.Sprintf("%s%d", id, i)), nil)
	}
	if err := client.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if !end {
		return client
	}
	defer client.Close()
	if err := client.EndTransaction(ctx, try); err != nil {
		t.Fatal(err)
	}
	return nil
}
