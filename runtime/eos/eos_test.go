package eos

import (
	"context"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/runtime/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet() *slog.Logger {
	if os.Getenv("EOS_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}

func fake(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	opts = append([]kfake.Opt{kfake.NumBrokers(1), kfake.BrokerConfigs(map[string]string{"group.initial.rebalance.delay.ms": "0"})}, opts...)
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestConformance runs on the in-process broker, or on the brokers that KAFKA_BROKERS names.
func TestConformance(t *testing.T) {
	brokers := []string{os.Getenv("KAFKA_BROKERS")}
	if brokers[0] == "" {
		brokers = fake(t).ListenAddrs()
	}
	transporttest.Run(t, brokers, func(t *testing.T, s transporttest.Spec) transport.Transport {
		return openSpec(t, brokers, s)
	})
}

func openSpec(t *testing.T, brokers []string, s transporttest.Spec) transport.Transport {
	t.Helper()
	c := Config{Client: []kgo.Opt{kgo.SeedBrokers(brokers...)}, Group: s.Group, Instance: s.Instance, Sinks: s.Sinks, Log: quiet()}
	for _, topics := range s.Inputs {
		c.Inputs = append(c.Inputs, Input{Topics: topics})
	}
	if s.UntilEnd {
		ends, err := FindEnds(context.Background(), c.Client, c.Instance, []Flow{{Group: c.Group, Inputs: c.Inputs, Sinks: c.Sinks}}, c.Log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(ends.Close)
		c.Ends = ends
	}
	tr, err := Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
