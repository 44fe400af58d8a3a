package runtime_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

// A worker that comes while leaders are being elected waits for them, however seldom its file retries.
func TestStartWaitsForElections(t *testing.T) {
	for _, c := range []struct {
		key kmsg.Key
		err *kerr.Error
	}{
		{kmsg.Metadata, kerr.LeaderNotAvailable},
		{kmsg.ListOffsets, kerr.LeaderNotAvailable},
	} {
		t.Run(c.key.Name(), func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			cl, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			r := &river{t, cluster.ListenAddrs(), cl}
			r.create("signups", 4)
			r.produce("signups", 0, users, users)
			p := r.load(signupFile)
			p.OnError.Retry.Attempts = 1
			fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{c.key}, Topic: "signups", Err: c.err, Count: 5})
			w := r.worker(p, "a", true)
			if err := w.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if fault.Hits() < 5 {
				t.Errorf("%d requests were refused, want 5", fault.Hits())
			}
			if n := w.Report().Subs[0].Records; n != users {
				t.Errorf("%d records, want %d", n, users)
			}
		})
	}
}

// A proxy whose broker is away takes connections and closes them: that is waited for, and not for ever.
func TestStartWaitsForTheBrokerBehindAProxy(t *testing.T) {
	r := newRiver(t)
	r.create("in", 1)
	r.produce("in", 0, 3, 1)
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	go func() {
		for c, err := proxy.Accept(); err == nil; c, err = proxy.Accept() {
			c.Close()
		}
	}()
	p := r.load(passFile)
	p.OnError.Retry.Attempts, p.OnError.Retry.Initial, p.OnError.Retry.Max = 0, time.Second, time.Second
	for away, want := range map[time.Duration]error{5 * time.Second / 2: nil, time.Hour: transport.ErrUnreachable} {
		back := time.Now().Add(away)
		w, err := runtime.New(p, runtime.Options{Instance: "a", UntilEnd: true, CreateTopics: true, Log: slog.New(slog.DiscardHandler),
			Dial: func(ctx context.Context, network, host string) (net.Conn, error) {
				if time.Now().Before(back) {
					host = proxy.Addr().String()
				}
				return (&net.Dialer{}).DialContext(ctx, network, host)
			}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Run(t.Context()); !errors.Is(err, want) {
			t.Errorf("away for %s: %v, want %v", away, err, want)
		} else if err != nil && !strings.Contains(err.Error(), "`kafka: {tls: …}` or `kafka: {sasl: …}`, which the file does not have, or is it a proxy without a broker") {
			t.Errorf("%q names one of the two reasons", err)
		}
	}
}
