package eos

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Brokers that take little beside a position get it without the note, with one warning, and all records go through.
func TestNotesAreLeftWhereTheyDoNotFit(t *testing.T) {
	cluster := fake(t)
	r := newRig(t, cluster.ListenAddrs())
	refused := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Topic: r.in, Err: kerr.OffsetMetadataTooLarge, Count: -1, When: func(req kmsg.Request) bool {
		for _, t := range req.(*kmsg.TxnOffsetCommitRequest).Topics {
			for _, p := range t.Partitions {
				if p.Metadata != nil && len(*p.Metadata) > 100 {
					return true
				}
			}
		}
		return false
	}})
	var log bytes.Buffer
	c := r.config()
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	m := r.open(c)
	for from := 0; from < 30; from += 10 {
		r.put(r.in, numbers(from, from+10)...)
		for done := 0; done < 10; {
			seen := 0
			if err := r.pollUntil(m, func(round transport.Round) bool {
				for _, b := range round.Batches {
					seen += b.Len()
					m.Forward(0, 0, b)
					m.Note(b.Topic(), b.Partition(), strings.Repeat("n", 200))
				}
				return seen > 0
			}); err != nil {
				t.Fatal(err)
			}
			committed, err := m.Commit(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if committed {
				done += seen
			}
		}
	}
	r.want(r.out, numbers(0, 30))
	if refused.Hits() != 1 || strings.Count(log.String(), "offset.metadata.max.bytes") != 1 {
		t.Errorf("%d commits were refused, want one with one warning:\n%s", refused.Hits(), &log)
	}
}
