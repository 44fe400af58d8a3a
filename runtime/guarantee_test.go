package runtime_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

// The log and /readyz say how far exactly once reaches on the brokers at hand; on brokers without generations nothing starts.
func TestGuaranteeIsToldAtTheStart(t *testing.T) {
	for _, c := range []struct {
		name    string
		brokers []kfake.Opt
		level   string
		want    string
	}{
		{"transaction.version 2", nil, "INFO", "exactly once"},
		{"transaction.version 1", []kfake.Opt{kfake.MaxVersions(kversion.V3_9_0())}, "WARN", "exactly once except the KAFKA-17754 window"},
		{"before 2.5", []kfake.Opt{kfake.MaxVersions(kversion.V2_4_0())}, "", "broker 0 speaks TxnOffsetCommit up to version 2, want 3: Kafka 2.5 or later everywhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			brokers, err := kfake.NewCluster(append(c.brokers, kfake.NumBrokers(2))...)
			if err != nil {
				t.Fatal(err)
			}
			defer brokers.Close()
			cl, err := kgo.NewClient(kgo.SeedBrokers(brokers.ListenAddrs()...))
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			r := &river{t, brokers.ListenAddrs(), cl}
			r.create("in", 1)
			r.produce("in", 0, 3, 1)
			var log bytes.Buffer
			ready := &asker{listen: freeAddr(t)}
			w, err := runtime.New(r.load(passFile), runtime.Options{
				Instance: "a", UntilEnd: true, CreateTopics: true, Listen: ready.listen, Log: slog.New(slog.NewTextHandler(io.MultiWriter(&log, ready), nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Run(t.Context())
			if c.level == "" {
				if !errors.Is(err, transport.ErrTooOld) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v does not say %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if line := "level=" + c.level + " msg="; !logged(log.String(), line, `guarantee="`+c.want+`"`) {
				t.Errorf("the log does not say %s, %s:\n%s", line, c.want, &log)
			}
			if ready.said != c.want {
				t.Errorf("/readyz says %q, want %q", ready.said, c.want)
			}
		})
	}
}

// logged tells whether one line of a log holds all words.
func logged(log string, words ...string) bool {
	for line := range strings.Lines(log) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			return true
		}
	}
	return false
}

// asker asks /readyz once the log says that tasks have come.
type asker struct{ listen, said string }

func (a *asker) Write(line []byte) (int, error) {
	if a.said == "" && strings.Contains(string(line), "tasks changed") {
		a.said = probe(a.listen, "/readyz").Guarantee
	}
	return len(line), nil
}
