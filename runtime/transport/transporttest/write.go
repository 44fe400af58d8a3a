package transporttest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// readAll polls until n records have come, handing each batch to f, and commits.
func (r *reader) readAll(n int, f func(b transport.Batch)) {
	r.c.t.Helper()
	for try := 0; ; try++ {
		seen := 0
		r.until(func() bool { return seen >= n }, func(b transport.Batch) { seen += b.Len(); f(b) })
		if seen != n {
			r.c.t.Fatalf("%d records came, want %d", seen, n)
		}
		if r.commit() {
			return
		}
		if try == 10 {
			r.c.t.Fatal("ten commits in a row gave false")
		}
	}
}

func odd(n int) *kgo.Record {
	r := &kgo.Record{Key: fmt.Appendf(nil, "k%d", n), Value: fmt.Append(nil, n), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(n))}
	switch n % 5 {
	case 0:
		r.Headers = []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "h", Value: nil}, {Key: "", Value: []byte{0, 255}}}
	case 1:
		r.Key = nil
	case 2:
		r.Value = nil // a tombstone
	case 3:
		r.Key, r.Value = []byte{}, []byte{}
	}
	return r
}

func sameRecord(t *testing.T, got, want *kgo.Record) {
	t.Helper()
	same := string(got.Key) == string(want.Key) && (got.Key == nil) == (want.Key == nil) &&
		string(got.Value) == string(want.Value) && (got.Value == nil) == (want.Value == nil) && got.Timestamp.Equal(want.Timestamp) &&
		slices.EqualFunc(got.Headers, want.Headers, func(a, b kgo.RecordHeader) bool { return a.Key == b.Key && string(a.Value) == string(b.Value) })
	if !same {
		t.Errorf("record %d[%d]: got key %q value %q headers %v at %s, want key %q value %q headers %v at %s", got.Partition, got.Offset,
			got.Key, got.Value, got.Headers, got.Timestamp.UTC(), want.Key, want.Value, want.Headers, want.Timestamp.UTC())
	}
}

func forwardKeeps(t *testing.T, c *cluster) {
	in, out := c.topic("in", 2), c.topic("out", 2)
	var want []*kgo.Record
	for n := range 200 {
		r := odd(n)
		r.Topic, r.Partition = in, 1
		want = append(want, r)
	}
	c.put(want...)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	r.readAll(len(want), func(b transport.Batch) {
		if b.Topic() != in || b.Input() != 0 {
			t.Errorf("a batch of topic %s, input %d", b.Topic(), b.Input())
		}
		at := int64(-1)
		_ = b.Records(func(i int, m *stage.Meta, value []byte) error {
			if m.Origin.Topic != in || m.Origin.Partition != b.Partition() || m.Origin.Offset <= at {
				t.Errorf("record %d has origin %s after offset %d", i, m.Origin, at)
			}
			at = m.Origin.Offset
			return nil
		})
		r.Forward(0, 0, b)
	})
	got := c.committed(out)[0]
	if len(got) != len(want) {
		t.Fatalf("%d records came out, want %d", len(got), len(want))
	}
	for i := range got {
		sameRecord(t, got[i], want[i])
	}
}

func selectPicks(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 3)
	c.numbers(in, 0, 0, 90)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	r.readAll(90, func(b transport.Batch) {
		var picks []stage.Pick
		key := []byte("new")
		_ = b.Records(func(i int, m *stage.Meta, value []byte) error {
			p := stage.Pick{Index: int32(i), Partition: int32(i % 3)}
			switch i % 3 {
			case 0:
				picks = append(picks, p)
			case 1: // twice, as by two ways of a merger, the second time with another key
				q := p
				q.Rekey, q.Key = true, key
				picks = append(picks, p, q)
			}
			return nil
		})
		r.Select(0, b, picks)
		copy(key, "xxx") // the picks are not kept
	})
	got := c.committed(out)
	if len(got[0]) != 30 || len(got[1]) != 60 || len(got[2]) != 0 {
		t.Fatalf("%d, %d and %d records came out, want 30, 60 and none", len(got[0]), len(got[1]), len(got[2]))
	}
	for i, r := range got[0] {
		if want := fmt.Sprint(3 * i); string(r.Value) != want || string(r.Key) != "k"+want {
			t.Errorf("partition 0 has %q=%q at %d, want %s", r.Key, r.Value, i, want)
		}
	}
	for i, r := range got[1] {
		value := fmt.Sprint(3*(i/2) + 1)
		key := []string{"k" + value, "new"}[i%2]
		if string(r.Value) != value || string(r.Key) != key {
			t.Errorf("partition 1 has %q=%q at %d, want %s=%s", r.Key, r.Value, i, key, value)
		}
	}
}

func severalSinks(t *testing.T, c *cluster) {
	const skipped = 7
	in, a, b, d := c.topic("in", 1), c.topic("a", 1), c.topic("b", 1), c.topic("d", 1)
	var want []*kgo.Record
	for n := range 50 {
		r := odd(n)
		r.Topic = in
		want = append(want, r)
	}
	c.put(want...)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{a, b, d}})
	r.readAll(len(want), func(batch transport.Batch) {
		r.Forward(0, 0, batch)
		var picks []stage.Pick
		for i := skipped; i < batch.Len(); i++ { // another first record than in the first sink
			picks = append(picks, stage.Pick{Index: int32(i), Partition: 0})
		}
		r.Select(1, batch, picks)
		// What was written may still be read.
		_ = batch.Records(func(_ int, m *stage.Meta, value []byte) error { r.Add(2, 0, m, value); return nil })
	})
	for _, topic := range []string{a, b, d} {
		got, want := c.committed(topic)[0], want
		if topic == b {
			want = want[skipped:]
		}
		if len(got) != len(want) {
			t.Fatalf("%d records came out at %s, want %d", len(got), topic, len(want))
		}
		for i := range got {
			sameRecord(t, got[i], want[i])
		}
	}
}

func addCopies(t *testing.T, c *cluster) {
	in, out := c.topic("in", 1), c.topic("out", 1)
	c.numbers(in, 0, 0, 1)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}, Sinks: []string{out}})
	r.readAll(1, func(b transport.Batch) {
		key, value, header := []byte("key"), []byte("value"), []byte("header")
		m := stage.Meta{Key: key, Time: time.UnixMilli(5), Headers: []stage.Header{{Key: "h", Value: header}}, Origin: stage.Origin{Topic: in}}
		r.Add(0, 0, &m, value)
		for _, b := range [][]byte{key, value, header} {
			clear(b)
		}
		m.Headers[0].Key, m.Time = "x", time.UnixMilli(6)
	})
	got := c.committed(out)[0]
	if len(got) != 1 {
		t.Fatalf("%d records came out, want 1", len(got))
	}
	sameRecord(t, got[0], &kgo.Record{Key: []byte("key"), Value: []byte("value"), Timestamp: time.UnixMilli(5), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("header")}}})
}

func emptyCommit(t *testing.T, c *cluster) {
	in := c.topic("in", 1)
	r := c.reader(Spec{Group: "g", Instance: "a", Inputs: [][]string{{in}}})
	r.until(func() bool { return len(r.tasks) == 1 }, func(transport.Batch) {})
	start := time.Now()
	for range 100 {
		if !r.commit() {
			t.Fatal("a commit of nothing gave false")
		}
	}
	if err := r.Abort(context.Background()); err != nil {
		t.Fatal("abort:", err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("100 commits of nothing took %s", d)
	}
}
