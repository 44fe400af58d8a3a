package integration_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/anabranch-go/anabranch/integration/kafka"
	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

const (
	rightsEvents = 3000
	rightsPoison = 100
	rightsMax    = 4 * time.Minute
	runsMax      = time.Minute // one run of rightsEvents
	pipelineUser = "signup"
)

// TestSignupRunsUnderItsRights runs the signup pipeline as a user who has the rights that acl.Of names and no others, and
// then without each of them.
func TestSignupRunsUnderItsRights(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), rightsMax)
	defer cancel()
	g := newGuarded(ctx, t)
	rules := acl.Of(g.pipeline)
	always := slices.DeleteFunc(slices.Clone(rules), func(r acl.Rule) bool { return r.Need != acl.Always })

	g.allow(ctx, rules...)
	if _, err := g.run(ctx, true); err != nil {
		t.Fatalf("with the right to create topics: %v", err)
	}
	for _, r := range rules {
		if r.Need != acl.Always {
			g.forbid(ctx, r)
		}
	}
	fates := g.produce(ctx)
	w, err := g.run(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	s := w.Report().Subs[0]
	if s.Records != rightsEvents || s.DeadLetters != uint64(fates[signup.Dead]) || fates[signup.Dead] == 0 || s.Operators[1].Passed != uint64(fates[signup.Kept]) {
		t.Errorf("%d records, %d dead letters, %d passed; want %d, %d, %d", s.Records, s.DeadLetters, s.Operators[1].Passed, rightsEvents, fates[signup.Dead], fates[signup.Kept])
	}
	for _, r := range always {
		g.forbid(ctx, r)
		_, err := g.run(ctx, false)
		g.allow(ctx, r)
		if !errors.Is(err, transport.ErrDenied) || !strings.Contains(err.Error(), strings.TrimSuffix(r.String(), "*")) {
			t.Errorf("without %s: %v", r, err)
		}
	}
	if _, err := g.run(ctx, false); err != nil {
		t.Errorf("after all rights were given back: %v", err)
	}
}

// guarded is a Kafka that asks everybody who he is and lets him do what he may.
type guarded struct {
	*testing.T
	pipeline *topology.Pipeline
	admin    *kgo.Client
}

func newGuarded(ctx context.Context, t *testing.T) *guarded {
	t.Helper()
	if err := kafka.Engine(ctx); err != nil && os.Getenv(kafka.RequireVar) != "1" {
		t.Skipf("no Docker engine answers: %v; tests on a real Kafka skipped", err)
	}
	const jaas = "org.apache.kafka.common.security."
	container, err := kafka.Start(ctx, map[string]string{
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":                             "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT",
		"KAFKA_SASL_ENABLED_MECHANISMS":                                    "PLAIN,SCRAM-SHA-512",
		"KAFKA_SASL_MECHANISM_INTER_BROKER_PROTOCOL":                       "PLAIN",
		"KAFKA_LISTENER_NAME_PLAINTEXT_PLAIN_SASL_JAAS_CONFIG":             jaas + `plain.PlainLoginModule required username="admin" password="admin" user_admin="admin";`,
		"KAFKA_LISTENER_NAME_PLAINTEXT_SCRAM___SHA___512_SASL_JAAS_CONFIG": jaas + "scram.ScramLoginModule required;",
		"KAFKA_AUTHORIZER_CLASS_NAME":                                      "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"KAFKA_SUPER_USERS":                                                "User:admin;User:ANONYMOUS", // the controller's listener asks nobody
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = container.Stop() })
	p, err := topology.Load(pipeline, topology.Options{Partitioner: client.Partition})
	if err != nil {
		t.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: container.Brokers, SASL: &topology.SASL{Mechanism: "SCRAM-SHA-512", User: pipelineUser, Password: topology.NewSecret("wine")}}
	admin, err := kgo.NewClient(kgo.SeedBrokers(container.Brokers...), kgo.SASL(plain.Auth{User: "admin", Pass: "admin"}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	scram := kadm.UpsertSCRAM{User: pipelineUser, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: "wine"}
	if _, err := kadm.NewClient(admin).AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{scram}); err != nil {
		t.Fatal(err)
	}
	return &guarded{t, p, admin}
}

// produce writes the events of the input and tells how many have which fate.
func (g *guarded) produce(ctx context.Context) (fates [3]int) {
	g.Helper()
	schema, err := os.ReadFile(schemaFile)
	if err != nil {
		g.Fatal(err)
	}
	oracle, err := signup.NewOracle(string(schema))
	if err != nil {
		g.Fatal(err)
	}
	generator, err := signup.NewGenerator(string(schema), 100, time.Now().Add(-time.Minute))
	if err != nil {
		g.Fatal(err)
	}
	generator.PoisonEvery = rightsPoison
	records := make([]*kgo.Record, rightsEvents)
	for n := range records {
		if records[n], err = generator.Record(n, input); err != nil {
			g.Fatal(err)
		}
		fates[oracle.Fate(records[n].Value)]++
	}
	if err := g.admin.ProduceSync(ctx, records...).FirstErr(); err != nil {
		g.Fatal(err)
	}
	return fates
}

func (g *guarded) run(ctx context.Context, create bool) (*runtime.Worker, error) {
	g.Helper()
	w, err := runtime.New(g.pipeline, runtime.Options{Instance: "a", UntilEnd: true, CreateTopics: create, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		g.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, runsMax, errors.New("the run has no end"))
	defer cancel()
	if err = w.Run(ctx); err == nil {
		err = context.Cause(ctx)
	}
	return w, err
}

// allow gives rights, and waits until the broker knows.
func (g *guarded) allow(ctx context.Context, rules ...acl.Rule) {
	g.Helper()
	req := kmsg.NewPtrCreateACLsRequest()
	for _, r := range rules {
		req.Creations = append(req.Creations, creation(r))
	}
	resp, err := req.RequestWith(ctx, g.admin)
	if err != nil {
		g.Fatal(err)
	}
	for _, result := range resp.Results {
		if err := kerr.ErrorForCode(result.ErrorCode); err != nil {
			g.Fatal(err)
		}
	}
	for _, r := range rules {
		g.wait(ctx, r, true)
	}
}

// forbid takes a right away, and waits until the broker knows.
func (g *guarded) forbid(ctx context.Context, r acl.Rule) {
	g.Helper()
	c := creation(r)
	filter := kmsg.NewDeleteACLsRequestFilter()
	filter.ResourceType, filter.ResourceName, filter.ResourcePatternType = c.ResourceType, &c.ResourceName, c.ResourcePatternType
	filter.Principal, filter.Host, filter.Operation, filter.PermissionType = &c.Principal, &c.Host, c.Operation, c.PermissionType
	req := kmsg.NewPtrDeleteACLsRequest()
	req.Filters = append(req.Filters, filter)
	resp, err := req.RequestWith(ctx, g.admin)
	if err != nil || len(resp.Results) != 1 || len(resp.Results[0].MatchingACLs) != 1 {
		g.Fatalf("take %s away: %v, %+v", r, err, resp)
	}
	g.wait(ctx, r, false)
}

func (g *guarded) wait(ctx context.Context, r acl.Rule, given bool) {
	g.Helper()
	c := creation(r)
	req := kmsg.NewPtrDescribeACLsRequest()
	req.ResourceType, req.ResourceName, req.ResourcePatternType = c.ResourceType, &c.ResourceName, c.ResourcePatternType
	req.Principal, req.Host, req.Operation, req.PermissionType = &c.Principal, &c.Host, c.Operation, c.PermissionType
	for {
		resp, err := req.RequestWith(ctx, g.admin)
		if err != nil {
			g.Fatal(err)
		}
		if (len(resp.Resources) > 0) == given {
			return
		}
	}
}

func creation(r acl.Rule) kmsg.CreateACLsRequestCreation {
	operation, err := kmsg.ParseACLOperation(string(r.Operation))
	if err != nil {
		panic(err)
	}
	c := kmsg.NewCreateACLsRequestCreation()
	c.ResourceType = map[acl.Resource]kmsg.ACLResourceType{
		acl.Topic: kmsg.ACLResourceTypeTopic, acl.Group: kmsg.ACLResourceTypeGroup, acl.TransactionalID: kmsg.ACLResourceTypeTransactionalId,
	}[r.Resource]
	c.ResourceName, c.ResourcePatternType = r.Name, kmsg.ACLResourcePatternTypeLiteral
	if r.Prefixed {
		c.ResourcePatternType = kmsg.ACLResourcePatternTypePrefixed
	}
	c.Principal, c.Host, c.Operation, c.PermissionType = "User:"+pipelineUser, "*", operation, kmsg.ACLPermissionTypeAllow
	return c
}
