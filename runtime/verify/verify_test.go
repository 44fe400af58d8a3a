package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

const schema = `{"type": "record", "name": "User", "fields": [{"name": "user", "type": "string"}, {"name": "plan", "type": ["null", "string"]}]}`

// users is a pipeline over the topics in.a and in.b.
func users(t *testing.T, addrs []string, key string) *topology.Pipeline {
	t.Helper()
	text := fmt.Sprintf(`apiVersion: anabranch/v1
kind: Pipeline
name: users
kafka: {brokers: ["%s"]}
streams:
  in:    {topics: [in.a, in.b], schema: user.avsc, key: %s, partitions: 2}
  plain: {topic: plain, value: {format: string}}
  out:   {topic: out}
  more:  {topic: more}
operators:
  c: {type: copier, from: in, to: out}
  d: {type: copier, from: plain, to: more}
`, strings.Join(addrs, ","), key)
	p, err := topology.Parse("users.yaml", []byte(text), topology.Options{ReadFile: func(string) ([]byte, error) { return []byte(schema), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cluster starts a broker with the topics of users, and gives what writes to them.
func cluster(t *testing.T) ([]string, *kgo.Client) {
	t.Helper()
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	for topic, n := range map[string]int32{"in.a": 2, "in.b": 2, "plain": 1} {
		if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), n, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	return b.Addrs(), cl
}

func value(t *testing.T, user, plan string) []byte {
	t.Helper()
	parsed, err := schemas.Parse([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}
	data, err := schemas.NewCodec(parsed).FromJSON(fmt.Appendf(nil, `{"user": %q, "plan": %s}`, user, plan))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, cl *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// right is a record that is as users claims.
func right(t *testing.T, topic, user string, at int64) *kgo.Record {
	return &kgo.Record{Topic: topic, Partition: client.Partition([]byte(user), 2), Key: []byte(user), Value: value(t, user, "null"), Timestamp: time.UnixMilli(at)}
}

// describe has a line a check and one an example.
func describe(r *Report) string {
	var b strings.Builder
	for _, s := range r.Streams {
		fmt.Fprintf(&b, "%s %d\n", s.Name, s.Sampled)
		for _, c := range s.Checks {
			fmt.Fprintf(&b, "  %s %q %d/%d\n", c.Name, c.Claim, c.Wrong, c.Tried)
			for _, e := range c.Examples {
				fmt.Fprintf(&b, "    %s %s\n", e.Place(), e.What)
			}
		}
	}
	return b.String()
}

func TestTake(t *testing.T) {
	addrs, cl := cluster(t)
	stray := right(t, "in.b", "ann", 3000)
	stray.Partition = 1 - stray.Partition
	unlike, keyless, poison, tombstone := right(t, "in.a", "bob", 2000), right(t, "in.a", "bob", 2000), right(t, "in.a", "bob", 1000), right(t, "in.a", "bob", 2000)
	unlike.Value, keyless.Key, poison.Value, tombstone.Value = value(t, "eve", `"pro"`), nil, []byte{200}, nil
	write(t, cl, right(t, "in.a", "ann", 1000), right(t, "in.b", "bob", 1000), stray, unlike, keyless, poison, tombstone)
	write(t, cl, &kgo.Record{Topic: "plain", Value: []byte("text")}, &kgo.Record{Topic: "plain", Value: []byte{0xff}})

	found, err := Take(t.Context(), users(t, addrs, "value.user"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `in 7
  partitions "2" 0/2
  value "avro User" 1/6
    in.a:0:3 field "user" at byte 0: the value ends after 1 more bytes
  key "value.user" 2/5
    in.a:0:1 key "bob"; value.user is "eve"
    in.a:0:2 no key; value.user is "bob"
  partition "murmur2 of the key" 1/6
    in.b:1:0 key "ann" belongs in partition 0
  time "" 1/7
    in.a:0:3 1s earlier than one before it
plain 2
  value "text" 1/2
    plain:0:1 not UTF-8
  time "" 0/2
`
	if got := describe(found); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if n := found.Contradicted(); n != 4 {
		t.Errorf("%d claims contradicted", n)
	}
	narrow, err := Take(t.Context(), users(t, addrs, "value.user"), Options{Sample: 2, Streams: []string{"in"}})
	if err != nil || len(narrow.Streams) != 1 || narrow.Streams[0].Sampled != 2 {
		t.Errorf("a sample of 2 gives %+v, %v", narrow, err)
	}
}

// TestOnlyTheCommitted reads nothing of a transaction that was aborted.
func TestOnlyTheCommitted(t *testing.T) {
	addrs, cl := cluster(t)
	writer, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.TransactionalID("t"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	poison := right(t, "in.a", "ann", 1000)
	poison.Value = []byte{200}
	if err := writer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	write(t, writer, poison)
	if err := writer.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	write(t, cl, right(t, "in.a", "ann", 1000))
	found, err := Take(t.Context(), users(t, addrs, "value.user"), Options{})
	if err != nil || found.Contradicted() != 0 || found.Streams[0].Sampled != 1 {
		t.Errorf("%v: got\n%s", err, describe(found))
	}
}

func TestRefuses(t *testing.T) {
	addrs, cl := cluster(t)
	p := users(t, addrs, "value.user")
	if _, err := Take(t.Context(), p, Options{Streams: []string{"out"}}); !errors.Is(err, ErrStream) {
		t.Errorf("an output gives %v", err)
	}
	if _, err := kadm.NewClient(cl).DeleteTopic(t.Context(), "in.b"); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(t.Context(), p, Options{}); !errors.Is(err, topics.ErrTopics) {
		t.Errorf("a missing topic gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Take(ctx, p, Options{}); err == nil {
		t.Error("a cancelled context gives no error")
	}
}

// TestNewest spreads a sample over partitions of different lengths.
func TestNewest(t *testing.T) {
	of := func(lengths ...int64) []source {
		var all []source
		for i, n := range lengths {
			all = append(all, source{"t", int32(i), 100, 100 + n})
		}
		return all
	}
	for _, test := range []struct {
		lengths []int64
		sample  int
		want    string
	}{
		{[]int64{10, 10}, 4, "map[0:[108 110] 1:[108 110]]"},
		{[]int64{1, 10}, 6, "map[0:[100 101] 1:[105 110]]"},
		{[]int64{0, 3, 0}, 100, "map[1:[100 103]]"},
		{[]int64{5, 5, 5}, 2, "map[0:[104 105] 1:[104 105]]"},
	} {
		if got := fmt.Sprint(newest(of(test.lengths...), test.sample)["t"]); got != test.want {
			t.Errorf("%d of %v: %s, want %s", test.sample, test.lengths, got, test.want)
		}
	}
}
