// Command anabranch checks, draws and runs Kafka pipelines that are declared in YAML.
//
// Data goes to standard output, talk to standard error. Exit codes: 0 done; 64 the command line is wrong; 65 the data is, beyond what is
// tolerated; 69 no broker answers; 70 an internal error; 75 try again later; 78 the pipeline file, or what the cluster has
// for it, is wrong; 130 and 143 a second SIGINT or SIGTERM.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() { os.Exit(execute()) }

// execute runs the command line and gives the exit code, that of an internal error where it panics.
func execute() (code int) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(os.Stderr, "anabranch: internal error, please report it: %v\n%s", v, debug.Stack())
			code = exitInternal
		}
	}()
	ctx, stop := interruptible(context.Background())
	defer stop()
	command := root()
	err := command.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		complain(err)
	}
	return exitCode(err)
}

// interruptible gives a context that the first SIGINT or SIGTERM ends. The second ends the process.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		fmt.Fprintln(os.Stderr, "anabranch: finishing the transaction and leaving; a second signal leaves at once")
		cancel()
		second, ok := (<-signals).(syscall.Signal)
		if ok {
			os.Exit(128 + int(second))
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}
