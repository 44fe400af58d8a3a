package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/chaos/proxy"
	"github.com/anabranch-go/anabranch/integration/kafka"
	"github.com/anabranch-go/anabranch/integration/process"
	"github.com/anabranch-go/anabranch/integration/progress"
	"github.com/anabranch-go/anabranch/pipelines"
	"github.com/anabranch-go/anabranch/schemas"
)

// The signup pipeline, as its file declares it.
const (
	group      = "signup.signups"
	input      = "signups"
	audit      = "signups.audit"
	byUser     = "signups.by-user"
	dead       = "signups.dlq"
	partitions = 4
	shards     = 8
)

// arena is where one run takes place: a Kafka, doors to it, workers who come by the doors, and who feeds and watches them.
type arena struct {
	options Options
	began   time.Time
	dir     string // with the pipeline and its schema
	schema  string
	binary  string
	cluster *kafka.Cluster
	wire    *proxy.Network
	doors   []*proxy.Door
	client  *kgo.Client // comes directly
	admin   *kadm.Client
	rights  *rights
	fleet   *fleet
	feed    *feed
	watcher *progress.Watcher
	trace   *progress.Trace
	live    *live
	done    []*injection
}

func newArena(ctx context.Context, o Options, dir string, end context.CancelCauseFunc) (a *arena, err error) {
	a = &arena{options: o, began: time.Now(), dir: dir, wire: &proxy.Network{}, trace: &progress.Trace{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if err := kafka.Engine(ctx); err != nil {
		return a, fmt.Errorf("no Docker engine answers: %w", err)
	}
	a.say("starting %s on %d nodes, seed %d", kafka.Image, o.Brokers, o.Seed)
	if err := a.openCluster(ctx); err != nil {
		return a, err
	}
	if a.binary, err = process.Build(ctx, dir); err != nil {
		return a, err
	}
	if err := a.prepare(ctx); err != nil {
		return a, err
	}
	if a.watcher, err = progress.Watch(ctx, a.cluster.Brokers(), group, input); err != nil {
		return a, err
	}
	go a.watcher.Follow(ctx, a.trace)
	if a.feed, err = startFeed(ctx, a); err != nil {
		return a, err
	}
	if a.live, err = startLive(ctx, a.cluster.Brokers()); err != nil {
		return a, err
	}
	a.fleet = newFleet(ctx, a, end)
	return a, a.fleet.startAll()
}

// openCluster starts the Kafka behind the doors.
func (a *arena) openCluster(ctx context.Context) (err error) {
	var advertised []string
	for range a.options.Brokers {
		d, err := a.wire.Open(ctx)
		if err != nil {
			return err
		}
		a.doors = append(a.doors, d)
		advertised = append(advertised, d.Address())
	}
	if a.cluster, err = kafka.StartCluster(ctx, advertised); err != nil {
		return err
	}
	for i, n := range a.cluster.Nodes {
		a.doors[i].Lead(n.Guarded)
	}
	if err := a.cluster.Serving(ctx); err != nil {
		return err
	}
	a.client, err = kgo.NewClient(kgo.SeedBrokers(a.cluster.Brokers()...), kgo.Dialer(kafka.Dial), kgo.ClientID("chaos"), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		return err
	}
	a.admin = kadm.NewClient(a.client)
	return nil
}

// prepare makes topics, the pipeline's file, and a user with the rights that the pipeline needs and no others.
func (a *arena) prepare(ctx context.Context) error {
	if err := a.createTopics(ctx, input); err != nil {
		return err
	}
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return err
	}
	a.schema = string(schema)
	if err := os.MkdirAll(filepath.Join(a.dir, "schemas"), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.dir, "schemas", "signup.avsc"), schema, 0o600); err != nil {
		return err
	}
	guard := "kafka:\n  sasl: {mechanism: SCRAM-SHA-512, user: " + user + ", password: {fromEnv: CHAOS_PASSWORD}}"
	file, err := a.write("signup", func(text string) string { return strings.Replace(text, "kafka:", guard, 1) })
	if err != nil {
		return err
	}
	a.rights, err = grant(ctx, a.client, file)
	return err
}

// createTopics makes the topics of a pipeline whose input has this name, and waits until the brokers know of them.
func (a *arena) createTopics(ctx context.Context, input string) error {
	topics := map[string]int32{input: partitions, input + ".audit": partitions, input + ".by-user": shards, input + ".dlq": partitions}
	for topic, n := range topics {
		if _, err := a.admin.CreateTopic(ctx, n, int16(a.options.Brokers), nil, topic); err != nil {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
	}
	for {
		known, err := a.admin.ListEndOffsets(ctx, slices.Collect(maps.Keys(topics))...)
		if err = errors.Join(err, known.Error()); err == nil && len(known) == len(topics) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait for the topics of %s: %w", input, errors.Join(err, ctx.Err()))
		}
		time.Sleep(feedStep)
	}
}

// write writes a variant of the signup pipeline into the arena's directory and gives the file.
func (a *arena) write(name string, change func(string) string) (string, error) {
	text, err := pipelines.Files.ReadFile("signup.yaml")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(a.dir, "pipelines")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file := filepath.Join(dir, name+".yaml")
	return file, os.WriteFile(file, []byte(change(string(text))), 0o600)
}

// doorway is the seed list of the workers.
func (a *arena) doorway() string {
	var seeds []string
	for _, d := range a.doors {
		seeds = append(seeds, d.Address())
	}
	return strings.Join(seeds, ",")
}

// warmMax bounds the time until each partition was committed for the first time.
const warmMax = time.Minute

// warm waits until each partition moves.
func (a *arena) warm(ctx context.Context) error {
	for start := time.Now(); ; {
		moving := a.trace.Positions()
		if len(moving) == partitions {
			a.say("all partitions move")
			return nil
		}
		if time.Since(start) > warmMax {
			return fmt.Errorf("after %v the group has committed %v: want all %d partitions", warmMax, moving, partitions)
		}
		if err := a.wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// say tells how far the run is.
func (a *arena) say(format string, args ...any) {
	if a.options.Progress != nil {
		fmt.Fprintf(a.options.Progress, "%6.1fs  %s\n", time.Since(a.began).Seconds(), fmt.Sprintf(format, args...))
	}
}

func (a *arena) close() error {
	var errs []error
	if a.fleet != nil {
		a.fleet.killAll()
	}
	if a.live != nil {
		a.live.client.Close()
	}
	if a.watcher != nil {
		a.watcher.Close()
	}
	if a.client != nil {
		a.client.Close()
	}
	for _, d := range a.doors {
		errs = append(errs, d.Close())
	}
	a.wire.Cut("")
	if a.cluster != nil {
		errs = append(errs, a.cluster.Stop())
	}
	return errors.Join(errs...)
}
