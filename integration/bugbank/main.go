package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	only := flag.String("only", "", "try the bugs whose name holds `TEXT`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

// run tries the bugs and prints who caught each.
func run(ctx context.Context, only string) error {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(out)))
	tried, missed := 0, 0
	fmt.Printf("%-18s %-66s %7s  %s\n", "bug", "what", "seconds", "caught by")
	for _, b := range bank {
		if !strings.Contains(b.name, only) {
			continue
		}
		v := b.try(ctx, root)
		tried++
		by := v.caught
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case v.err != nil:
			missed++
			by = "NOT TRIED: " + v.err.Error()
		case v.caught == "":
			missed++
			by = "NOBODY"
		}
		fmt.Printf("%-18s %-66s %7.1f  %s\n", b.name, b.what, v.took.Seconds(), by)
	}
	fmt.Printf("%d of %d bugs were caught\n", tried-missed, tried)
	if missed > 0 || tried == 0 {
		return fmt.Errorf("%d bugs were not caught", missed)
	}
	return nil
}
