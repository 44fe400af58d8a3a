// Command long runs the simulation for hours, a few hundred seeds at a time, each batch in a process of its own.
//
//	go run ./integration/sim/long -hours 8
//
// It reports seeds, virtual hours, commits, aborts and faults by kind, and ends with code 1 if a seed failed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/anabranch-go/anabranch/integration/sim"
)

func main() {
	hours := flag.Float64("hours", 1, "how long, by the wall clock")
	first := flag.Uint64("seed", uint64(time.Now().Unix()), "the first `seed`; the time, so that each run has others")
	batch := flag.Int("batch", 400, "seeds of one process")
	old := flag.Int("old", 0, "one seed in so many on old brokers; 0: none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := run(ctx, time.Duration(*hours*float64(time.Hour)), *first, *batch, *old)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || failed > 0 {
		stop()
		os.Exit(1)
	}
}

// run runs batches until the time is over, and gives how many failed.
func run(ctx context.Context, length time.Duration, seed uint64, batch, old int) (failed int, err error) {
	dir, err := os.MkdirTemp("", "sim")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary, summary := filepath.Join(dir, "sim.test"), filepath.Join(dir, "summary.json")
	build := exec.CommandContext(ctx, "go", "test", "-tags", "synctests", "-c", "-o", binary, "github.com/anabranch-go/anabranch/integration/sim")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 0, fmt.Errorf("build the simulation: %w", err)
	}
	var total sim.Result
	var tally sim.Tally
	for began := time.Now(); time.Since(began) < length && ctx.Err() == nil; seed += uint64(batch) {
		command := exec.CommandContext(ctx, binary, "-test.timeout", "0", "-seeds", fmt.Sprint(batch), "-seed", fmt.Sprint(seed),
			"-old", fmt.Sprint(old), "-summary", summary)
		if out, err := command.CombinedOutput(); err != nil && ctx.Err() == nil {
			failed++
			fmt.Printf("seeds from %d on: %v\n%s\n", seed, err, out)
		}
		if s, err := read(summary); err == nil {
			total.Add(s.Result)
			tally.Merge(s.Faults)
		}
		if err := os.Remove(summary); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failed, err
		}
		fmt.Printf("%s %s, %d batches failed\n", time.Since(began).Round(time.Second), &total, failed)
	}
	fmt.Print(&tally)
	return failed, nil
}

func read(path string) (s sim.Summary, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(text, &s)
}
