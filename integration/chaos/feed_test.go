package main

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/integration/chaos/proxy"
	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/schemas"
)

// TestEachEventIsFedOnce holds that the harness does not fail where the pipeline is judged: requests and replies of the feed
// are lost, come late or are refused, and the input holds each event once.
func TestEachEventIsFedOnce(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, input))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	wire := &proxy.Network{}
	door, err := wire.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = door.Close(); wire.Cut("") }()
	door.Lead(cluster.ListenAddrs()[0])
	reach := []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.MetadataMinAge(10 * time.Millisecond), kgo.Dialer(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, door.Address())
	})}
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		t.Fatal(err)
	}
	generator, err := signup.NewGenerator(string(schema), users, time.Now().Add(-pastMax))
	if err != nil {
		t.Fatal(err)
	}
	spoil := spoiler{random: rand.New(rand.NewPCG(1, 2)), refuse: func() {
		cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, TopLevel: true, Err: kerr.InvalidProducerEpoch})
	}}
	heal := wire.Inflict(&proxy.Fault{Request: spoil.request, Reply: spoil.reply})
	f := &feed{reach: reach, generator: generator}
	if err := f.start(t.Context(), 4000); err != nil {
		t.Fatal(err)
	}
	for f.count() < 8000 && f.failed() == nil {
		time.Sleep(feedStep)
	}
	heal()
	if err := f.finish(); err != nil {
		t.Fatal(err)
	}
	if spoil.hits < 5 {
		t.Errorf("%d frames were hit, want more", spoil.hits)
	}
	held := &history.Ledger{}
	if err := history.ReadWith(t.Context(), reach, input, held.Add); err != nil {
		t.Fatal(err)
	}
	if err := held.Whole(); err != nil || held.Len() != f.count() {
		t.Errorf("the input holds %d of %d events: %v", held.Len(), f.count(), err)
	}
}

// spoiler is a wire that is bad for transactions.
type spoiler struct {
	mu     sync.Mutex
	random *rand.Rand
	hits   int
	refuse func() // the next EndTxn
}

func (s *spoiler) hit(key kmsg.Key, percent int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key != kmsg.EndTxn && key != kmsg.Produce || s.random.IntN(100) >= percent {
		return false
	}
	s.hits++
	return true
}

// lost is true where a frame is. What the client asks again is refused, so that it cannot know whether it was done.
func (s *spoiler) lost(key kmsg.Key, percent int) bool {
	lost := s.hit(key, percent)
	if lost && key == kmsg.EndTxn {
		s.refuse()
	}
	return lost
}

func (s *spoiler) reply(c proxy.Call) proxy.Fate { return proxy.Fate{Cut: s.lost(c.Key, 30)} }

func (s *spoiler) request(c proxy.Call) proxy.Fate {
	if s.hit(c.Key, 10) {
		return proxy.Fate{Late: feedEvery}
	}
	return proxy.Fate{Cut: s.lost(c.Key, 20)}
}
