package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// root is the command line.
func root() *cobra.Command {
	var logs logging
	command := &cobra.Command{
		Use:   "anabranch",
		Short: "Kafka event pipelines, declared in YAML, proved before they run, exactly once while they run",
		Long: `Anabranch copies, filters, splits, shards and merges the streams of Kafka, as a YAML file declares it.
It proves the file against the schemas before it runs, and runs it exactly once.

Start here:
  anabranch demo                  see it work: an embedded broker, injected crashes, a verified verdict
  anabranch new signup            write a pipeline to begin with
  anabranch check pipeline.yaml   find every mistake of a file at once
  anabranch graph pipeline.yaml   draw it
  anabranch run pipeline.yaml     run it`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return logs.install(c)
		},
	}
	command.SuggestionsMinimumDistance = 2
	logs.flags(command)
	command.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &usage{err: err, help: c.CommandPath()}
	})
	command.AddCommand(aclsCommand(), applyCommand(), auditCommand(), checkCommand(), demoCommand(), dlqCommand(), explainCommand(), graphCommand(), newCommand(), planCommand(), runCommand(), testCommand(), traceCommand(), verifyCommand(), versionCommand())
	return command
}

// knownCommand refuses the name of a command that does not exist.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("no command %q", args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean %s?", err, strings.Join(near, " or "))
	}
	return &usage{err: err, help: c.CommandPath()}
}

// arguments wants between least and most arguments; most 0 sets no limit. What says what they are.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return &usage{err: fmt.Errorf("%s needs %s", c.Name(), what), help: c.CommandPath()}
		case len(args) > max(most, least) && most > 0 || most == 0 && least == 0 && len(args) > 0:
			return &usage{err: fmt.Errorf("%s takes %s, not also %q", c.Name(), what, args[max(most, least)]), help: c.CommandPath()}
		}
		return nil
	}
}

// logging is how the log on standard error looks.
type logging struct{ format, level string }

func (l *logging) flags(c *cobra.Command) {
	c.PersistentFlags().StringVar(&l.format, "log-format", "text", "log as `text or json`")
	c.PersistentFlags().StringVar(&l.level, "log-level", "", "log from `debug, info, warn or error` up (default info; warn on the embedded broker)")
}

// install makes the log the default of the process.
func (l *logging) install(c *cobra.Command) error {
	level := slog.LevelInfo
	if embedded := c.Flags().Lookup("embedded"); embedded != nil && embedded.Changed {
		level = slog.LevelWarn
	}
	if l.level == "" {
		l.level = level.String()
	}
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return usagef("--log-level %q: want debug, info, warn or error", l.level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch l.format {
	case "text":
		slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, options)))
	case "json":
		slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, options)))
	default:
		return usagef("--log-format %q: want text or json", l.format)
	}
	return nil
}
