package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/runtime/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "in"

// feeder gives a Feeder of a topic of a broker of its own, whose lines are KEY:VALUE, or VALUE alone.
func feeder(t *testing.T, partitions int32, config map[string]*string) (*Feeder, []string) {
	t.Helper()
	broker, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(Options(), kgo.SeedBrokers(broker.Addrs()...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); broker.Close() })
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), partitions, 1, config, topic); err != nil {
		t.Fatal(err)
	}
	return &Feeder{Client: client, Topic: topic, Form: plain{}}, broker.Addrs()
}

type plain struct{}

func (plain) Read(line []byte) (*kgo.Record, error) {
	if bytes.HasPrefix(line, []byte("!")) {
		return nil, errors.New("a line with a mark")
	}
	key, value, keyed := bytes.Cut(bytes.Clone(line), []byte(":"))
	if !keyed {
		return &kgo.Record{Value: key}, nil
	}
	return &kgo.Record{Key: key, Value: value}, nil
}

// values reads n records back, by partition.
func values(t *testing.T, addrs []string, n int) map[int32][]string {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got := map[int32][]string{}
	for n > 0 {
		client.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) {
			got[r.Partition] = append(got[r.Partition], string(r.Value))
			n--
		})
	}
	return got
}

func TestEveryLineIsFedOrReported(t *testing.T) {
	f, addrs := feeder(t, 1, nil)
	rejected := map[int]string{}
	f.Rejected = func(line int, err error) { rejected[line] = err.Error() }
	in := "a:1\n!\n\na:2\n" + strings.Repeat("x", LineBytesMax) + "\na:3"
	report, err := f.Run(t.Context(), strings.NewReader(in))
	if err != nil || report != (Report{Fed: 3, Rejected: 2}) {
		t.Fatalf("got %+v, %v", report, err)
	}
	if len(rejected) != 2 || rejected[2] == "" || !strings.Contains(rejected[5], "longer than") {
		t.Errorf("rejected %v; want lines 2 and 5", rejected)
	}
	if got := fmt.Sprint(values(t, addrs, 3)[0]); got != "[1 2 3]" {
		t.Errorf("got %s", got)
	}
}

func TestTheBrokersRefusalIsReportedByLine(t *testing.T) {
	small := "2000"
	f, _ := feeder(t, 1, map[string]*string{"max.message.bytes": &small})
	var lines []int
	f.Rejected = func(line int, _ error) { lines = append(lines, line) }
	report, err := f.Run(t.Context(), strings.NewReader(strings.Repeat("\n", 6)+strings.Repeat("x", 1<<20)+"\n"))
	if err != nil || report != (Report{Rejected: 1}) || len(lines) != 1 || lines[0] != 7 {
		t.Errorf("got %+v, %v, lines %v; want line 7 rejected", report, err, lines)
	}
}

func TestKeysKeepTheirOrderAndOthersGoInTurn(t *testing.T) {
	f, addrs := feeder(t, 3, nil)
	var in strings.Builder
	for i := range 90 {
		fmt.Fprintf(&in, "k%d:%d\n", i%7, i)
	}
	if _, err := f.Run(t.Context(), strings.NewReader(in.String())); err != nil {
		t.Fatal(err)
	}
	for partition, got := range values(t, addrs, 90) {
		last := map[int]int{}
		for _, v := range got {
			var n int
			fmt.Sscan(v, &n)
			if n < last[n%7] {
				t.Errorf("partition %d: %d after %d of one key", partition, n, last[n%7])
			}
			last[n%7] = n
		}
	}

	keyless, addrs := feeder(t, 3, nil)
	if _, err := keyless.Run(t.Context(), strings.NewReader("0\n1\n2\n3\n4\n5\n")); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(values(t, addrs, 6)); got != "map[0:[0 3] 1:[1 4] 2:[2 5]]" {
		t.Errorf("got %s", got)
	}
}

func TestAnErrorOfTheTopicEndsTheFeed(t *testing.T) {
	f, _ := feeder(t, 1, nil)
	f.Topic = "no-such-topic"
	if report, err := f.Run(t.Context(), strings.NewReader("1\n2\n")); err == nil || report.Fed != 0 {
		t.Errorf("got %+v, %v; want an error", report, err)
	}
}

func TestStopsWithItsContext(t *testing.T) {
	f, _ := feeder(t, 1, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Run(ctx, strings.NewReader("1\n")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
