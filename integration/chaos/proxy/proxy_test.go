package proxy_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/integration/chaos/proxy"
)

// proxied gives a client of a broker, which it reaches by a door only.
func proxied(t *testing.T) (*proxy.Network, *kgo.Client) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	wire := &proxy.Network{}
	door, err := wire.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = door.Close(); wire.Cut("") })
	door.Lead(cluster.ListenAddrs()[0])
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ClientID("me"), kgo.MetadataMinAge(10*time.Millisecond), kgo.DefaultProduceTopic("t"),
		kgo.Dialer(func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, door.Address())
		}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return wire, client
}

// end is the end offset of the only partition.
func end(t *testing.T, client *kgo.Client) int64 {
	t.Helper()
	req := kmsg.NewPtrListOffsetsRequest()
	partition := kmsg.NewListOffsetsRequestTopicPartition()
	partition.Timestamp = -1
	req.Topics = []kmsg.ListOffsetsRequestTopic{{Topic: "t", Partitions: []kmsg.ListOffsetsRequestTopicPartition{partition}}}
	resp, err := req.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Topics[0].Partitions[0].Offset
}

// first lets a fate befall the first frame of a kind, and counts the frames of that kind.
func first(key kmsg.Key, fate proxy.Fate, count *atomic.Int32) func(proxy.Call) proxy.Fate {
	return func(c proxy.Call) proxy.Fate {
		if c.Key == key && c.Client == "me" && count.Add(1) == 1 {
			return fate
		}
		return proxy.Fate{}
	}
}

func TestReplyIsLostAfterTheBrokerHasDoneIt(t *testing.T) {
	wire, client := proxied(t)
	var replies atomic.Int32
	heal := wire.Inflict(&proxy.Fault{Reply: first(kmsg.Produce, proxy.Fate{Cut: true}, &replies)})
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("x")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if replies.Load() != 2 || end(t, client) != 1 {
		t.Errorf("%d replies and %d records; want 2 replies to one record that was sent twice", replies.Load(), end(t, client))
	}
	heal()
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("y")).FirstErr(); err != nil || replies.Load() != 2 {
		t.Errorf("%v; %d replies were seen, want none after the heal", err, replies.Load())
	}
}

func TestLateRequestArrivesAfterItsSenderHasGoneOn(t *testing.T) {
	wire, client := proxied(t)
	var requests, replies atomic.Int32
	wire.Inflict(&proxy.Fault{
		Request: first(kmsg.Produce, proxy.Fate{Late: time.Second}, &requests),
		Reply:   first(kmsg.Produce, proxy.Fate{}, &replies),
	})
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("x")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if replies.Load() != 1 {
		t.Fatalf("%d replies before the late request arrived, want that to the second one", replies.Load())
	}
	for replies.Load() < 2 {
		if t.Context().Err() != nil {
			t.Fatal("the late request never arrived")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestCutHitsOneClient(t *testing.T) {
	wire, client := proxied(t)
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("x")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if n := wire.Cut("another"); n != 0 {
		t.Errorf("%d connections of another client", n)
	}
	if wire.Cut("me") == 0 {
		t.Error("no connection was cut")
	}
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("y")).FirstErr(); err != nil {
		t.Error(err)
	}
}
