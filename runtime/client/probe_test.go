package client

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func broker(t *testing.T, opts ...kfake.Opt) []string {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()
}

func probe(t *testing.T, k topology.Kafka) error {
	t.Helper()
	return Probe(context.Background(), k, nil)
}

// refused checks that err names addr, holds all of want and is the kind that callers ask for.
func refused(t *testing.T, err error, want ...string) {
	t.Helper()
	if !errors.Is(err, transport.ErrUnreachable) {
		t.Fatalf("%v is not ErrUnreachable", err)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestProbeAnswers(t *testing.T) {
	if err := probe(t, topology.Kafka{Brokers: broker(t)}); err != nil {
		t.Fatal(err)
	}
}

func TestProbeOneOfTwoIsEnough(t *testing.T) {
	addrs := broker(t)
	if err := probe(t, topology.Kafka{Brokers: []string{closedPort(t), addrs[0]}}); err != nil {
		t.Fatal(err)
	}
}

func TestProbeRefused(t *testing.T) {
	addr := closedPort(t)
	refused(t, probe(t, topology.Kafka{Brokers: []string{addr}}), addr, "connection refused", "is Kafka running")
}

func TestProbeUnknownHost(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Name: "kafka.invalid", IsNotFound: true}}
	}
	err := Probe(context.Background(), topology.Kafka{Brokers: []string{"kafka.invalid:9092"}}, dial)
	refused(t, err, "unknown host kafka.invalid")
}

func TestProbeSASL(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			addrs := broker(t, kfake.EnableSASL(), kfake.Superuser(mechanism, "svc", "right"))
			with := func(password string) topology.Kafka {
				return topology.Kafka{Brokers: addrs, SASL: &topology.SASL{Mechanism: mechanism, User: "svc", Password: topology.NewSecret(password)}}
			}
			if err := probe(t, with("right")); err != nil {
				t.Fatal(err)
			}
			err := probe(t, with("canary-wrong"))
			refused(t, err, addrs[0], "authentication failed", "password")
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%q shows the password", err)
			}
		})
	}
}

// Kafka answers a wrong password by an error code; the embedded broker closes the connection.
func TestProbeAuthenticationRefusedByCode(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "svc", "right"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	authenticate := kmsg.NewPtrSASLAuthenticateRequest()
	c.ControlKey(authenticate.Key(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return resp, nil, true
	})
	sasl := &topology.SASL{Mechanism: "PLAIN", User: "svc", Password: topology.NewSecret("wrong")}
	refused(t, probe(t, topology.Kafka{Brokers: c.ListenAddrs(), SASL: sasl}), "authentication failed", "password")
}

func TestProbeAdvertisedAddressLeadsNowhere(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	metadata := kmsg.NewPtrMetadataRequest()
	c.ControlKey(metadata.Key(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := req.ResponseKind().(*kmsg.MetadataResponse)
		b := kmsg.NewMetadataResponseBroker()
		b.Host, b.Port = "127.0.0.1", 1
		resp.Brokers = append(resp.Brokers, b)
		return resp, nil, true
	})
	refused(t, probe(t, topology.Kafka{Brokers: c.ListenAddrs()}), "127.0.0.1:1: connection refused", "advertised.listeners")
}

func TestProbeWithoutSASLWhereNeeded(t *testing.T) {
	addrs := broker(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "svc", "right"))
	refused(t, probe(t, topology.Kafka{Brokers: addrs}), "sasl")
}

func TestProbeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := Probe(ctx, topology.Kafka{Brokers: []string{closedPort(t)}}, nil)
	if !errors.Is(err, context.Canceled) || errors.Is(err, transport.ErrUnreachable) {
		t.Fatalf("a caller that gave up got %v", err)
	}
}

// closedPort is an address on which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
