package records

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/embedded"
)

// The end of a topic is known once everything that was written to it is decided, and is not waited for without end.
func TestSettledWaitsForOpenTransactions(t *testing.T) {
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	writer, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.TransactionalID("other"))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	admin := kadm.NewClient(writer)
	if _, err := admin.CreateTopic(t.Context(), 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	if err := writer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := writer.ProduceSync(t.Context(), &kgo.Record{Topic: "t"}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if _, err := settled(t.Context(), admin, "t", 100*time.Millisecond); !errors.Is(err, ErrOpen) {
		t.Errorf("with an open transaction: %v", err)
	}
	impatient, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := Settled(impatient, admin, "t"); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := writer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	if ends, err := Settled(t.Context(), admin, "t"); err != nil || ends[0] != 2 {
		t.Errorf("after the commit: %v, %v", ends, err)
	}
}
