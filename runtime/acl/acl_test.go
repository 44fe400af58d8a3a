package acl_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/runtime/audit"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/replay"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

const file = `
apiVersion: anabranch/v1
kind: Pipeline
name: sieve
kafka: {brokers: ["localhost:9092"], sasl: {mechanism: PLAIN, user: sieve, password: {fromEnv: SIEVE_PASSWORD}}}
streams:
  in: {topics: [in, in.too], value: {format: bytes}, key: {format: string}, partitions: 2}
  mid: {topic: mid, partitions: 2}
  out: {topic: out, partitions: 2}
operators:
  some: {type: filter, from: in, where: 'key != null && size(key) < 100 / (size(key) - 3)', to: mid}
  again: {type: filter, from: mid, where: 'true', to: out}
on_error: {dead_letter: dlq}
`

func load(t *testing.T) *topology.Pipeline {
	t.Helper()
	p, err := topology.Parse("p.yaml", []byte(file), topology.Options{
		Secrets: true, Partitioner: client.Partition,
		Env: func(string) (string, bool) { return "wine", true },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// guarded starts a broker where the pipeline's user has the rights of rules alone, and makes the topics as another user.
func guarded(t *testing.T, p *topology.Pipeline, rules []acl.Rule, create bool) {
	t.Helper()
	var given []kfake.ACL
	for _, r := range rules {
		given = append(given, seeded(r))
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "admin", "admin"), kfake.User("PLAIN", "sieve", "wine", given...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p.Kafka.Brokers = c.ListenAddrs()
	if !create {
		return
	}
	admin, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.SASL(plain.Auth{User: "admin", Pass: "admin"}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := kadm.NewClient(admin).CreateTopics(t.Context(), 2, 1, nil, "in", "in.too", "mid", "out", "dlq"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"abc", "abcd", "ab"} { // a poisonous one, one that passes and one that is dropped
		if err := admin.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte(key)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func seeded(r acl.Rule) kfake.ACL {
	resources := map[acl.Resource]kmsg.ACLResourceType{
		acl.Topic: kmsg.ACLResourceTypeTopic, acl.Group: kmsg.ACLResourceTypeGroup, acl.TransactionalID: kmsg.ACLResourceTypeTransactionalId,
	}
	operation, err := kmsg.ParseACLOperation(string(r.Operation))
	if err != nil {
		panic(err)
	}
	pattern := kmsg.ACLResourcePatternTypeLiteral
	if r.Prefixed {
		pattern = kmsg.ACLResourcePatternTypePrefixed
	}
	return kfake.ACL{Resource: resources[r.Resource], Name: r.Name, Pattern: pattern, Operation: operation, Allow: true}
}

func run(t *testing.T, p *topology.Pipeline, create bool) (*runtime.Worker, error) {
	t.Helper()
	w, err := runtime.New(p, runtime.Options{Instance: "a", UntilEnd: true, CreateTopics: create, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = w.Run(ctx)
	if err == nil && ctx.Err() != nil {
		t.Fatal("it did not come to its end")
	}
	return w, err
}

func only(needs ...acl.Need) func(acl.Rule) bool {
	return func(r acl.Rule) bool {
		for _, n := range needs {
			if r.Need == n {
				return true
			}
		}
		return false
	}
}

func filtered(rules []acl.Rule, keep func(acl.Rule) bool) []acl.Rule {
	var kept []acl.Rule
	for _, r := range rules {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

func TestTheRightsAreEnough(t *testing.T) {
	for name, c := range map[string]struct {
		keep   func(acl.Rule) bool
		create bool
	}{
		"those that are always needed": {only(acl.Always), false},
		"to create the topics, too":    {only(acl.Always, acl.CreateTopics), true},
		"all but those to create":      {only(acl.Always, acl.Useful), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := load(t)
			guarded(t, p, filtered(acl.Of(p), c.keep), !c.create)
			w, err := run(t, p, c.create)
			if err != nil {
				t.Fatal(err)
			}
			if s := w.Report().Subs[0]; !c.create && (s.Records != 3 || s.DeadLetters != 1) {
				t.Errorf("%d records, %d dead letters", s.Records, s.DeadLetters)
			}
		})
	}
}

// Each right that is always needed is: without it the run ends at once with an error that names it.
func TestEachRightIsNeeded(t *testing.T) {
	for _, without := range filtered(acl.Of(load(t)), only(acl.Always)) {
		t.Run(strings.ReplaceAll(without.String(), " ", "_"), func(t *testing.T) {
			p := load(t)
			guarded(t, p, filtered(acl.Of(p), func(r acl.Rule) bool { return r.Need == acl.Always && r != without }), true)
			_, err := run(t, p, false)
			if !errors.Is(err, transport.ErrDenied) {
				t.Fatalf("%v is not ErrDenied", err)
			}
			if want := strings.TrimSuffix(without.String(), "*"); !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		})
	}
}

func TestAllThatIsMissingIsToldAtOnce(t *testing.T) {
	p := load(t)
	guarded(t, p, nil, true)
	_, err := run(t, p, false)
	want := "rights are missing: Read on topic in, Read on topic in.too, Write on topic mid, Read on topic mid, Write on topic out, " +
		"Write on topic dlq, Read on group sieve.in, Read on group sieve.mid; `anabranch acls` lists all that a pipeline needs"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestTheRightToCreateIsNamed(t *testing.T) {
	p := load(t)
	guarded(t, p, filtered(acl.Of(p), only(acl.Always)), false)
	_, err := run(t, p, true)
	if !errors.Is(err, transport.ErrDenied) || !strings.Contains(err.Error(), "Create on topic in;") {
		t.Error(err)
	}
}

func TestCommandsAreSafeToRun(t *testing.T) {
	rules := []acl.Rule{
		{Resource: acl.Topic, Name: "in", Operation: acl.Read}, {Resource: acl.Topic, Name: "in", Operation: acl.Write, Need: acl.Useful},
		{Resource: acl.TransactionalID, Name: "p.in.", Prefixed: true, Operation: acl.Write},
	}
	got := acl.Commands(rules, []string{"a:1", "b:2"}, "User:$(rm -r it's)")
	want := []string{
		`kafka-acls.sh --bootstrap-server a:1,b:2 --add --allow-principal 'User:$(rm -r it'\''s)' --operation Read --operation Write --topic in --resource-pattern-type literal`,
		`kafka-acls.sh --bootstrap-server a:1,b:2 --add --allow-principal 'User:$(rm -r it'\''s)' --operation Write --transactional-id p.in. --resource-pattern-type prefixed`,
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}

// A replay of dead letters works under the rights of the workers and its own, and not without one of these.
func TestTheRightsOfAReplayAreEnough(t *testing.T) {
	for missing := -1; missing < len(acl.OfReplay(load(t))); missing++ {
		p := load(t)
		extra := acl.OfReplay(p)
		if missing >= 0 {
			extra = slices.Delete(extra, missing, missing+1)
		}
		guarded(t, p, append(filtered(acl.Of(p), only(acl.Always)), extra...), true)
		if _, err := run(t, p, false); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		desk, err := replay.Open(ctx, p, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		report, err := desk.Replay(ctx, replay.Order{})
		desk.Close()
		switch {
		case ctx.Err() != nil:
			t.Errorf("it waits without %s", acl.OfReplay(p)[missing])
		case missing >= 0 && err == nil:
			t.Errorf("it does without %s", acl.OfReplay(p)[missing])
		case missing < 0 && (err != nil || report.Groups.Total().Failed != 1):
			t.Errorf("%v, %+v", err, report)
		}
		cancel()
	}
}

// An audit with --count works under its own rights alone, and not without one of these.
func TestTheRightsOfAnAuditAreEnough(t *testing.T) {
	for missing := -1; missing < len(acl.OfAudit(load(t))); missing++ {
		p, as := load(t), load(t)
		rules := acl.OfAudit(p)
		if missing >= 0 {
			rules = slices.Delete(rules, missing, missing+1)
		}
		guarded(t, p, rules, true)
		as.Kafka.Brokers, as.Kafka.SASL.User, as.Kafka.SASL.Password = p.Kafka.Brokers, "admin", topology.NewSecret("admin")
		if _, err := run(t, as, false); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		found, err := audit.Take(ctx, p, audit.Options{Count: true, Log: slog.New(slog.DiscardHandler)})
		switch {
		case ctx.Err() != nil:
			t.Errorf("it waits without %s", acl.OfAudit(p)[missing])
		case missing >= 0 && err == nil:
			t.Errorf("it does without %s", acl.OfAudit(p)[missing])
		case missing < 0 && (err != nil || len(found.Imbalances) > 0 || len(found.Topics) != 3):
			t.Errorf("%v, %+v", err, found)
		}
		cancel()
	}
}
