package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/plan"
)

// applyFlags are the flags of apply.
type applyFlags struct {
	output                      string
	yes, allowDelete, undrained bool
}

func applyCommand() *cobra.Command {
	var f applyFlags
	command := &cobra.Command{
		Use:   "apply FILE",
		Short: "Do what plan says",
		Long: `Apply makes and alters topics, lets groups begin, and accepts for groups that are at rest that the file goes on from what
they have committed. FILE is a pipeline file, whose plan is shown and asked about, or a plan that was saved by plan --out:
that is done as it stands, or not at all where the file or the cluster has changed since.

It starts and stops no workers. A change of class drain or rebuild wants them stopped first. Nothing is deleted without
--allow-delete. After a failure the same command goes on from there.`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := oneOf("-o", f.output, "human", "json"); err != nil {
				return err
			}
			return apply(c.Context(), c.OutOrStdout(), files[0], f)
		},
	}
	command.Flags().StringVarP(&f.output, "output", "o", "human", "print what was done as `human or json`")
	command.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	command.Flags().BoolVar(&f.allowDelete, "allow-delete", false, "delete the topics and groups that the file names no more; a saved plan says so itself")
	command.Flags().BoolVar(&f.undrained, "undrained", false, "go on although records are left unread that should be read first")
	return command
}

// apply does what the plan of a pipeline file says, or a saved one.
func apply(ctx context.Context, w io.Writer, file string, f applyFlags) error {
	text, err := readPipeline(file)
	if err != nil {
		return err
	}
	var saved *plan.Plan
	if plan.Saved(text) {
		if f.allowDelete {
			return usagef("a saved plan says itself what is deleted; --allow-delete goes with plan --out")
		}
		if saved, err = plan.ReadSaved(text); err != nil {
			return usagef("%s: %w", file, err)
		}
		f.allowDelete, file = saved.AllowDelete, saved.File
	}
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
	if saved != nil {
		if err := saved.Holds(made); err != nil {
			return err
		}
	}
	if err := printPlan(os.Stderr, made, "human"); err != nil || made.Empty() {
		return err
	}
	if saved == nil && !f.yes {
		if err := confirm(made); err != nil {
			return err
		}
	}
	steps, err := cluster.Apply(ctx, state, made, f.undrained)
	return errors.Join(printSteps(w, steps, f.output), err)
}

// confirm asks a person whether to go on.
func confirm(made *plan.Plan) error {
	if !terminal(os.Stdin) {
		return usagef("apply asks before it changes anything, and standard input is no terminal; say --yes, or give a plan saved by plan --out")
	}
	fmt.Fprintf(os.Stderr, "\nApply this to the cluster of %s? Only yes is taken for it: ", made.Pipeline)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" || err != nil {
		return usagef("nothing was changed")
	}
	return nil
}

// printSteps prints what was done, and what was not.
func printSteps(w io.Writer, steps []plan.Step, output string) error {
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			Steps []plan.Step `json:"steps"`
		}{append([]plan.Step{}, steps...)})
	}
	for _, s := range steps {
		word := "done"
		if !s.Done {
			word = "NOT done"
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", word, s.What); err != nil {
			return err
		}
	}
	return nil
}
