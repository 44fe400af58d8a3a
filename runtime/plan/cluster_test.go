package plan_test

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/plan"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

const river = `
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in: {topic: in, partitions: 2}
  mid: {topic: mid}
  out: {topic: out, partitions: 2}
operators:
  keep: {type: filter, from: in, where: 'key != null', to: mid}
  spread: {type: sharder, from: mid, by: 'key == null ? "" : string(key)', to: out}
on_error: {dead_letter: dlq}
`

func edited(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(river) }

// rig is an embedded broker and a client of it.
type rig struct {
	*testing.T
	addrs []string
	admin *kadm.Client
	kgo   *kgo.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return rigOf(t, b.Addrs())
}

func rigOf(t *testing.T, addrs []string) *rig {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return &rig{t, addrs, kadm.NewClient(cl), cl}
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func (r *rig) load(text string) *topology.Pipeline {
	r.Helper()
	p, err := topology.Parse("p.yaml", []byte(text), topology.Options{Partitioner: client.Partition})
	if err != nil {
		r.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: r.addrs}
	return p
}

// plan gives the plan of a text, and what to apply it with.
func (r *rig) plan(text string, deletes bool) (*plan.Plan, func(undrained bool) ([]plan.Step, error)) {
	r.Helper()
	p := r.load(text)
	c, err := plan.Reach(r.Context(), p, quiet)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(c.Close)
	state, err := c.Observe(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	made := plan.Of(p, state, deletes)
	return made, func(undrained bool) ([]plan.Step, error) { return c.Apply(r.Context(), state, made, undrained) }
}

// apply applies the plan of a text, which is of a class, and after which nothing is left to do.
func (r *rig) apply(text string, class fingerprint.Class) {
	r.Helper()
	made, apply := r.plan(text, true)
	if made.Class != class {
		r.Errorf("class %s, want %s: %v", made.Class, class, made.Changes)
	}
	if steps, err := apply(false); err != nil {
		r.Fatalf("%v: %v", steps, err)
	}
	if again, _ := r.plan(text, true); !again.Empty() {
		r.Errorf("after apply there is still %v", again.Changes)
	}
}

func (r *rig) run(text string) error {
	w, err := runtime.New(r.load(text), runtime.Options{Instance: "a", UntilEnd: true, Log: quiet})
	if err != nil {
		r.Fatal(err)
	}
	return w.Run(r.Context())
}

func (r *rig) produce(keys ...string) {
	r.Helper()
	for _, key := range keys {
		if err := r.kgo.ProduceSync(r.Context(), &kgo.Record{Topic: "in", Key: []byte(key)}).FirstErr(); err != nil {
			r.Fatal(err)
		}
	}
}

// Every kind of change, from the first deployment to the last, as plan says it, apply does it and run takes it.
func TestLifeOfAPipeline(t *testing.T) {
	r := newRig(t)
	r.apply(river, fingerprint.Rolling)
	r.produce("a", "b", "c")
	for _, step := range []struct {
		name, text string
		class      fingerprint.Class
	}{
		{"as it is", river, fingerprint.None},
		{"an expression", edited("key != null", "true"), fingerprint.Rolling},
		{"a configuration", edited("key != null", "true", "{topic: out,", "{topic: out, config: {retention.ms: 86400000},"), fingerprint.None},
		{"more partitions within", edited("{topic: mid}", "{topic: mid, partitions: 3}"), fingerprint.Drain},
		{"more partitions without", edited("{topic: mid}", "{topic: mid, partitions: 3}", "out, partitions: 2", "out, partitions: 4"), fingerprint.Rebuild},
		{"another sharder", edited("{topic: mid}", "{topic: mid, partitions: 3}", "out, partitions: 2", "out, partitions: 4", "by: ", "hash: rendezvous, by: "), fingerprint.Rebuild},
		{"a group of another name", edited("  mid: {topic: mid}", "  middle: {topic: mid, partitions: 3}", "from: mid", "from: middle", "to: mid", "to: middle", "out, partitions: 2", "out, partitions: 4", "by: ", "hash: rendezvous, by: "), fingerprint.Rebuild},
		{"joined", edited("  mid: {topic: mid}\n", "", "out, partitions: 2", "out, partitions: 4", "by: ", "hash: rendezvous, by: "), fingerprint.Drain},
	} {
		t.Run(step.name, func(t *testing.T) {
			r := &rig{t, r.addrs, r.admin, r.kgo}
			if made, _ := r.plan(step.text, false); made.Class > fingerprint.Rolling && made.Class != fingerprint.None {
				if err := r.run(step.text); !errors.Is(err, runtime.ErrChanged) && !errors.Is(err, runtime.ErrTopics) {
					t.Errorf("before apply it ran: %v", err)
				}
			}
			r.apply(step.text, step.class)
			r.produce("a", "b")
			if err := r.run(step.text); err != nil {
				t.Fatalf("after apply: %v", err)
			}
		})
	}
	listed, err := r.admin.ListTopics(t.Context())
	if err != nil || listed.Has("mid") {
		t.Errorf("mid was to be deleted: %v", err)
	}
}

// Records that nobody would read, and workers that still run, hold a drain up.
func TestDrainIsWaitedFor(t *testing.T) {
	r := newRig(t)
	r.apply(river, fingerprint.Rolling)
	r.produce("a")
	only, err := runtime.New(r.load(river), runtime.Options{Instance: "a", UntilEnd: true, Only: []string{"in"}, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if err := only.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	joined := edited("  mid: {topic: mid}\n", "")
	_, apply := r.plan(joined, false)
	if _, err := apply(false); !errors.Is(err, plan.ErrNotReady) || !strings.Contains(err.Error(), "topic mid has") {
		t.Errorf("with records left: %v", err)
	}
	member, err := kgo.NewClient(kgo.SeedBrokers(r.addrs...), kgo.ConsumerGroup("p.mid"), kgo.ConsumeTopics("mid"), kgo.DisableAutoCommit())
	if err != nil {
		t.Fatal(err)
	}
	member.PollFetches(t.Context())
	_, apply = r.plan(joined, false)
	if _, err := apply(true); !errors.Is(err, plan.ErrNotReady) || !strings.Contains(err.Error(), "stop the workers of group p.mid") {
		t.Errorf("with a member: %v", err)
	}
	member.Close()
	_, apply = r.plan(joined, false)
	if steps, err := apply(true); err != nil {
		t.Errorf("accepted as it is: %v, %v", steps, err)
	}
	if listed, err := r.admin.ListTopics(t.Context()); err != nil || !listed.Has("mid") {
		t.Errorf("mid was deleted, and nobody allowed it: %v", err)
	}
}

// A saved plan holds for the file and the cluster that it was made of.
func TestSavedPlans(t *testing.T) {
	r := newRig(t)
	made, apply := r.plan(river, false)
	text, err := made.Text()
	if err != nil || !plan.Saved(text) || plan.Saved([]byte(river)) {
		t.Fatalf("%s, %v", text, err)
	}
	saved, err := plan.ReadSaved(text)
	if err != nil {
		t.Fatal(err)
	}
	now, _ := r.plan(river, false)
	if err := saved.Holds(now); err != nil {
		t.Error(err)
	}
	if other, _ := r.plan(edited("key != null", "true"), false); !errors.Is(saved.Holds(other), plan.ErrStale) {
		t.Error("of another file")
	}
	if other, _ := r.plan(river, true); !errors.Is(saved.Holds(other), plan.ErrStale) {
		t.Error("with deletions that it does not say")
	}
	if _, err := apply(false); err != nil {
		t.Fatal(err)
	}
	if later, _ := r.plan(river, false); !errors.Is(saved.Holds(later), plan.ErrStale) {
		t.Error("of a cluster that has moved on")
	}
}

// What was done before a failure is told, and the next apply goes on from there.
func TestApplyFailsHalfWay(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	refuse := true
	c.ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		asked := req.(*kmsg.CreateTopicsRequest)
		if asked.Topics[0].Topic != "dlq" || !refuse {
			return nil, nil, false
		}
		answer := asked.ResponseKind().(*kmsg.CreateTopicsResponse)
		one := kmsg.NewCreateTopicsResponseTopic()
		one.Topic, one.ErrorCode = "dlq", kerr.PolicyViolation.Code
		answer.Topics = append(answer.Topics, one)
		return answer, nil, true
	})
	r := rigOf(t, c.ListenAddrs())
	_, apply := r.plan(river, false)
	steps, err := apply(false)
	var done []string
	for _, s := range steps {
		if s.Done {
			done = append(done, s.What)
		}
	}
	if !errors.Is(err, kerr.PolicyViolation) || !strings.Contains(err.Error(), "create topic dlq") || len(done) != 3 || len(steps) < 6 {
		t.Errorf("%v; %q of %d steps are done", err, done, len(steps))
	}
	refuse = false
	r.apply(river, fingerprint.Rolling)
}
