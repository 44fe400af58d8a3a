package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"

	"github.com/anabranch-go/anabranch/integration/loop"
	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

// The contenders.
const (
	byHand      = "loop"
	anabranch   = "anabranch"
	atLeastOnce = "loop-at-least-once"
)

var contenders = []string{byHand, anabranch, atLeastOnce}

// chosen gives the contenders of a list.
func chosen(list string) ([]string, error) {
	roles := strings.Split(list, ",")
	for i, role := range roles {
		if !slices.Contains(contenders, role) {
			return nil, fmt.Errorf("no contender %q; have %s", role, strings.Join(contenders, ", "))
		}
		if slices.Contains(roles[:i], role) {
			return nil, fmt.Errorf("contender %s is named twice; want each once", role)
		}
	}
	return roles, nil
}

// contend does the work as one contender: to the end of the input, or with -latency until it is interrupted. The last line of its
// output is its peak of memory.
func contend(ctx context.Context, o options) error {
	works, err := find(o.work)
	if err != nil {
		return err
	}
	if o.profile != "" {
		f, err := os.Create(filepath.Join(o.profile, o.run+".pprof"))
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
		err = declared(ctx, o, works[0])
	} else {
		l := loop.Loop{
			Brokers: strings.Split(o.brokers, ","), Group: o.run, Inputs: strings.Split(o.inputs, ","), Work: works[0].byHand(o.run),
			Endless: o.latency, AtLeastOnce: o.role == atLeastOnce,
		}
		err = l.Run(ctx)
	}
	if err != nil {
		return err
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	fmt.Println(peakMark + strconv.Itoa(peak))
	return nil
}

// declared runs the pipeline file of a workload.
func declared(ctx context.Context, o options, w *workload) error {
	p, err := compile(o, w)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	worker, err := runtime.New(p, runtime.Options{Instance: "bench", UntilEnd: !o.latency, CreateTopics: true, Log: log})
	if err != nil {
		return err
	}
	if err := worker.Run(ctx); err != nil {
		return fmt.Errorf("run %s: %w", p.Name, err)
	}
	return nil
}

// compile makes the pipeline of a workload with the topics of o.
func compile(o options, w *workload) (*topology.Pipeline, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "signup.avsc"), schema, 0o600); err != nil {
		return nil, err
	}
	names := []string{"TAG", o.run, "BROKERS", strings.ReplaceAll(o.brokers, ",", `", "`), "PARTITIONS", strconv.Itoa(o.partitions)}
	for i, topic := range strings.Split(o.inputs, ",") {
		names = append(names, "INPUT"+strconv.Itoa(i), topic)
	}
	text := strings.NewReplacer(names...).Replace(w.pipeline)
	return topology.Parse(filepath.Join(dir, "bench.yaml"), []byte(text), topology.Options{Partitioner: client.Partition})
}

// group is the consumer group of a contender.
func group(o options, w *workload) (string, error) {
	if o.role != anabranch {
		return o.run, nil
	}
	p, err := compile(o, w)
	if err != nil {
		return "", err
	}
	if len(p.Subs) != 1 {
		return "", fmt.Errorf("workload %s has %d sub-topologies; want one", w.name, len(p.Subs))
	}
	return p.Group(p.Subs[0]), nil
}
