package eos

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/stage"
)

func records(offsets ...int64) (rs []*kgo.Record) {
	for _, o := range offsets {
		rs = append(rs, &kgo.Record{Offset: o})
	}
	return rs
}

// refuseBad makes the broker refuse every batch that holds a value beginning with bad-.
func refuseBad(c *kfake.Cluster, topic string) {
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.InvalidTimestamp, Count: -1, When: func(req kmsg.Request) bool {
		for _, t := range req.(*kmsg.ProduceRequest).Topics {
			for _, p := range t.Partitions {
				if bytes.Contains(p.Records, []byte("bad-")) {
					return true
				}
			}
		}
		return false
	}})
}

// The broker refuses whole batches; exactly the records at fault are found, wherever they stand, and nothing else is
// lost or written twice.
func TestRefusedRecordsAreFound(t *testing.T) {
	for name, bad := range map[string][]int{"one": {123}, "the first and the last": {0, 299}, "neighbours": {50, 51, 52}} {
		t.Run(name, func(t *testing.T) {
			cluster := fake(t)
			r := newRig(t, cluster.ListenAddrs())
			refuseBad(cluster, r.out)
			values := numbers(0, 300)
			for _, n := range bad {
				values[n] = fmt.Sprint("bad-", n)
			}
			r.put(r.in, values...)
			refused := r.pass(r.open(r.config()), 300)
			var at []int
			for _, f := range refused {
				at = append(at, int(f.Origin.Offset))
				if !errors.Is(f.Err, kerr.InvalidTimestamp) {
					t.Errorf("refused for %v", f.Err)
				}
			}
			slices.Sort(at)
			if !slices.Equal(at, bad) {
				t.Errorf("records %v were refused, want %v", at, bad)
			}
			good := slices.DeleteFunc(values, func(v string) bool { return bytes.HasPrefix([]byte(v), []byte("bad-")) })
			r.want(r.out, good)
		})
	}
}

// A batch that is refused though each of its records is taken does not make an endless loop.
func TestHuntInVainEnds(t *testing.T) {
	var h hunt
	suspects := []refusedRecord{{suspect: suspect{0, stage.Origin{Offset: 1}}}, {suspect: suspect{0, stage.Origin{Offset: 2}}}}
	for range vainMax {
		if found, err := h.narrow(suspects, kerr.MessageTooLarge); len(found) > 0 || err != nil {
			t.Fatalf("found %v, %v", found, err)
		}
		if !h.on() {
			t.Fatal("there is no hunt")
		}
		h.passed()
	}
	if _, err := h.narrow(suspects, kerr.MessageTooLarge); err == nil {
		t.Error("it goes on for ever")
	}
	h.passed()
	if _, err := h.narrow(suspects, kerr.MessageTooLarge); err != nil {
		t.Errorf("a commit in between: %v", err)
	}
}

// A limit that is lowered under a running worker is learnt: what is larger by itself is found at once, and what fits is
// written in batches that fit.
func TestLoweredLimitIsLearnt(t *testing.T) {
	r := newRig(t, fake(t).ListenAddrs())
	m := r.open(r.config())
	limit := "4096"
	if _, err := r.admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &limit}}, r.out); err != nil {
		t.Fatal(err)
	}
	values := numbers(0, 300)
	for i := range values {
		values[i] += "-" + rand.Text() + rand.Text()
	}
	large := []int{7, 123, 124}
	for _, n := range large {
		for len(values[n]) < 5000 {
			values[n] += rand.Text()
		}
	}
	r.put(r.in, values...)
	var at []int
	for _, f := range r.pass(m, 300) {
		at = append(at, int(f.Origin.Offset))
	}
	slices.Sort(at)
	if !slices.Equal(at, large) {
		t.Errorf("records %v were refused, want %v", at, large)
	}
	r.want(r.out, slices.DeleteFunc(values, func(v string) bool { return len(v) >= 5000 }))
}
