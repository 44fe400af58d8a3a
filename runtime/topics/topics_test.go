package topics

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func cluster(t *testing.T) *kgo.Client {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(3))
	if err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close(); c.Close() })
	return cl
}

func stream(topic string, partitions int32) *topology.Stream {
	return &topology.Stream{Name: topic, Topics: []string{topic}, Managed: true, Partitions: partitions}
}

// chain is in → a → mid → b → out, with dead letters.
func chain(in, mid, out *topology.Stream) *topology.Pipeline {
	a, b := &topology.Operator{Name: "a"}, &topology.Operator{Name: "b"}
	mid.Writer, out.Writer = a, b
	return &topology.Pipeline{
		Name: "p", OnError: topology.OnError{DeadLetter: "p.dlq"},
		Subs: []*topology.Sub{
			{Name: "in", Inputs: []*topology.Stream{in}, Sinks: []*topology.Stream{mid}},
			{Name: "mid", Inputs: []*topology.Stream{mid}, Sinks: []*topology.Stream{out}},
		},
	}
}

func TestCreate(t *testing.T) {
	for name, c := range map[string]struct {
		p    *topology.Pipeline
		want Layout
	}{
		"declared":                    {chain(stream("in", 2), stream("mid", 5), stream("out", 4)), Layout{"in": 2, "mid": 5, "out": 4, "p.dlq": 5}},
		"as wide as the input":        {chain(stream("in", 2), stream("mid", 0), stream("out", 0)), Layout{"in": 2, "mid": 2, "out": 2, "p.dlq": 2}},
		"the broker's default":        {chain(stream("in", 0), stream("mid", 0), stream("out", 0)), Layout{"in": 3, "mid": 3, "out": 3, "p.dlq": 3}},
		"narrowing in between counts": {chain(stream("in", 4), stream("mid", 1), stream("out", 0)), Layout{"in": 4, "mid": 1, "out": 1, "p.dlq": 4}},
	} {
		t.Run(name, func(t *testing.T) {
			cl := cluster(t)
			for range 2 { // the second time everything is there
				got, err := Ensure(t.Context(), cl, c.p, true)
				if err != nil || !maps.Equal(got, c.want) {
					t.Fatalf("got %v, %v; want %v", got, err, c.want)
				}
			}
			if got, err := Ensure(t.Context(), cl, c.p, false); err != nil || !maps.Equal(got, c.want) {
				t.Fatalf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestConfigIsSet(t *testing.T) {
	cl, in := cluster(t), stream("in", 1)
	in.Config = map[string]string{"retention.ms": "604800000"}
	if _, err := Ensure(t.Context(), cl, chain(in, stream("mid", 0), stream("out", 0)), true); err != nil {
		t.Fatal(err)
	}
	configs, err := kadm.NewClient(cl).DescribeTopicConfigs(t.Context(), "in")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range configs[0].Configs {
		if c.Key == "retention.ms" && *c.Value == "604800000" {
			return
		}
	}
	t.Error("retention.ms was not set")
}

func TestMissingIsOneError(t *testing.T) {
	cl := cluster(t)
	foreign := stream("in", 0)
	foreign.Managed = false
	p := chain(foreign, stream("mid", 0), stream("out", 0))
	_, err := Ensure(t.Context(), cl, p, false)
	says(t, err, "missing mid, out, p.dlq (--create-topics makes them)", "missing in (another team's")

	_, err = Ensure(t.Context(), cl, p, true)
	says(t, err, "missing in (another team's")
	if strings.Contains(err.Error(), "mid") {
		t.Errorf("%q names topics that were made", err)
	}
	if have, _ := list(context.Background(), cl, Wanted(p)); have["in"] != 0 {
		t.Error("another team's topic was made")
	}
}

func TestDifferentFromDeclared(t *testing.T) {
	cl := cluster(t)
	if _, err := Ensure(t.Context(), cl, chain(stream("in", 2), stream("mid", 2), stream("out", 2)), true); err != nil {
		t.Fatal(err)
	}
	_, err := Ensure(t.Context(), cl, chain(stream("in", 3), stream("mid", 2), stream("out", 4)), true)
	says(t, err, "topic in has 2 partitions, stream in declares 3", "topic out has 2 partitions, stream out declares 4")
}

func TestTopicsOfOneStreamAreEquallyWide(t *testing.T) {
	cl := cluster(t)
	for name, n := range map[string]int32{"in": 2, "in2": 3} {
		if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), n, -1, nil, name); err != nil {
			t.Fatal(err)
		}
	}
	in := stream("in", 0)
	in.Topics = []string{"in", "in2"}
	_, err := Ensure(t.Context(), cl, chain(in, stream("mid", 0), stream("out", 0)), true)
	says(t, err, "in has 2, in2 has 3")
}

func says(t *testing.T, err error, want ...string) {
	t.Helper()
	if !errors.Is(err, ErrTopics) {
		t.Fatalf("%v is not ErrTopics", err)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}
