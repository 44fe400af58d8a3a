package runtime_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
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
