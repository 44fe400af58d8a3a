package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"

	"github.com/anabranch-go/anabranch/integration/loop"
	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

// The contenders.
const (
	byHand    = "loop"
	anabranch = "anabranch"
)

// group is the consumer group of a contender.
func group(role, tag string) string {
	if role == anabranch {
		return tag + ".events" // the pipeline's name and its input stream
	}
	return tag
}

// contend drains the input as one contender.
func contend(ctx context.Context, o options) error {
	if o.profile != "" {
		f, err := os.Create(filepath.Join(o.profile, o.tag+".pprof"))
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if o.role == anabranch {
		return pipeline(ctx, o)
	}
	l := loop.Loop{Brokers: o.seeds(), Group: group(o.role, o.tag), Input: input, Work: loop.Signup(o.tag+".audit", o.tag+".by-user", shards)}
	if o.work == "copy" {
		l.Work = loop.Copy(o.tag + ".copy")
	}
	return l.Run(ctx)
}

// pipeline drains the input with the runtime of Anabranch.
func pipeline(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "signup.avsc"), schema, 0o600); err != nil {
		return err
	}
	text := map[string]string{"signup": signupFile, "copy": copyFile}[o.work]
	text = strings.NewReplacer("TAG", o.tag, "INPUT", input, "BROKERS", o.brokers).Replace(text)
	p, err := topology.Parse(filepath.Join(dir, "bench.yaml"), []byte(text), topology.Options{Partitioner: client.Partition})
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	worker, err := runtime.New(p, runtime.Options{Instance: "bench", UntilEnd: true, CreateTopics: true, Log: log})
	if err != nil {
		return err
	}
	if err := worker.Run(ctx); err != nil {
		return fmt.Errorf("run %s: %w", p.Name, err)
	}
	return nil
}

const signupFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: TAG
kafka: {brokers: ["BROKERS"]}
streams:
  events:  {topic: INPUT, schema: signup.avsc, key: value.user_id, partitions: 4}
  audit:   {topic: TAG.audit, partitions: 4}
  by_user: {topic: TAG.by-user, partitions: 8}
operators:
  everyone: {type: copier, from: events, to: [audit, candidates]}
  eligible:
    type: filter
    from: candidates
    where: 'value.marketing_opt_in && value.age >= 18 && value.country in ["DE", "FR", "US"]'
    to: adults
  per_user: {type: sharder, from: adults, by: value.user_id, to: by_user}
`

const copyFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: TAG
kafka: {brokers: ["BROKERS"]}
streams:
  events: {topic: INPUT, schema: signup.avsc, partitions: 4}
  copy:   {topic: TAG.copy, partitions: 4}
operators:
  everything: {type: copier, from: events, to: [copy]}
`
