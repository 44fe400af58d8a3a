package loop_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/loop"
)

// TestLoopReadsSeveralInputs runs each kind of session over two inputs, and an endless one until all has come.
func TestLoopReadsSeveralInputs(t *testing.T) {
	const events = 3000
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "a", "b", "exactly", "at-least", "endless"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for n := range events {
		client.Produce(ctx, &kgo.Record{Topic: []string{"a", "b"}[n%2], Key: fmt.Append(nil, n), Value: fmt.Append(nil, n)}, nil)
	}
	if err := client.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for to, l := range map[string]*loop.Loop{"exactly": {}, "at-least": {AtLeastOnce: true}, "endless": {Endless: true}} {
		running, stop := context.WithCancel(ctx)
		l.Brokers, l.Group, l.Inputs, l.Work = cluster.ListenAddrs(), to, []string{"a", "b"}, loop.Copy(to)
		var wait sync.WaitGroup
		wait.Go(func() {
			if err := l.Run(running); err != nil {
				t.Errorf("%s: %v", to, err)
			}
		})
		if l.Endless {
			for count(ctx, t, cluster.ListenAddrs(), to) < events {
				time.Sleep(10 * time.Millisecond)
			}
			stop()
		}
		wait.Wait()
		stop()
		if got := count(ctx, t, cluster.ListenAddrs(), to); got != events {
			t.Errorf("%s holds %d records, want %d", to, got, events)
		}
	}
}

func count(ctx context.Context, t *testing.T, brokers []string, topic string) (n int) {
	t.Helper()
	if err := history.Read(ctx, brokers, topic, func(*kgo.Record) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}
