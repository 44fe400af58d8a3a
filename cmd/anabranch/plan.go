package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/plan"
	"github.com/anabranch-go/anabranch/topology"
)

// planFlags are the flags of plan.
type planFlags struct {
	output, out string
	allowDelete bool
}

func planCommand() *cobra.Command {
	var f planFlags
	command := &cobra.Command{
		Use:   "plan FILE",
		Short: "Show what a deployment would change, and what it takes",
		Long: `Plan compares a pipeline file with what the cluster has of it: topics, groups, transactional ids, rights, and what the
groups have run. It changes nothing. Each change has a class:
  none      no worker has to be restarted
  rolling   restart the workers one after the other
  drain     stop them all, once what stands between the old parts has been read
  rebuild   even then, what was written before does not fit what follows

Save a plan, look at it, and do exactly that:
  anabranch plan pipeline.yaml --out saved.plan && anabranch apply saved.plan

The exit code is 0 whether or not there are changes.`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := oneOf("-o", f.output, "human", "json"); err != nil {
				return err
			}
			if f.out != "" && files[0] == standardInput {
				return usagef("--out needs a FILE: apply reads it again, and standard input is gone by then")
			}
			return showPlan(c.Context(), c.OutOrStdout(), files[0], f)
		},
	}
	command.Flags().StringVarP(&f.output, "output", "o", "human", "print `human or json`")
	command.Flags().StringVar(&f.out, "out", "", "save the plan in `FILE`, for apply")
	command.Flags().BoolVar(&f.allowDelete, "allow-delete", false, "plan to delete the topics and groups that the file names no more")
	return command
}

func showPlan(ctx context.Context, w io.Writer, file string, f planFlags) error {
	p, err := loadToPlan(file)
	if err != nil {
		return err
	}
	cluster, err := plan.Reach(ctx, p, slog.Default())
	if err != nil {
		return err
	}
	defer cluster.Close()
	state, err := cluster.Observe(ctx)
	if err != nil {
		return err
	}
	made := plan.Of(p, state, f.allowDelete)
	if f.out != "" {
		text, err := made.Text()
		if err == nil {
			err = os.WriteFile(f.out, text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return printPlan(w, made, f.output)
}

// loadToPlan reads a pipeline file of which the cluster is asked.
func loadToPlan(file string) (*topology.Pipeline, error) {
	p, err := load(file, topology.Options{Secrets: true, Partitioner: client.Partition})
	if err == nil {
		printProblems(os.Stderr, coloured(os.Stderr), p.Warnings)
	}
	return p, err
}
