package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/replay"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/topology"
)

func dlqCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters, and replay them",
		Long: `Dlq works on the dead letters of a pipeline: the events that an operator could not handle, each as it entered that
operator, with headers that say which operator it was, and why.`,
		Args: knownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	command.AddCommand(dlqListCommand(), dlqShowCommand(), dlqReplayCommand())
	return command
}

// dlqFlags are those that all dlq commands have.
type dlqFlags struct {
	operator, code, since, output string
	limit                         int
}

func (f *dlqFlags) add(c *cobra.Command, limit string) {
	flags := c.Flags()
	flags.StringVar(&f.operator, "operator", "", "only letters that the operator `NAME` rejected")
	flags.StringVar(&f.code, "code", "", "only letters with this `CODE`: decode, expression, refused, …")
	flags.StringVar(&f.since, "since", "", "only events not older than a `TIME`: 2026-11-01, 2026-11-01T08:00:00Z or 24h")
	flags.IntVar(&f.limit, "limit", 0, limit)
	flags.StringVarP(&f.output, "output", "o", "human", "print as `human or json`")
}

// filter reads the flags; at is PARTITION:OFFSET or empty.
func (f *dlqFlags) filter(p *topology.Pipeline, at string) (filter replay.Filter, err error) {
	if err := oneOf("-o", f.output, "human", "json"); err != nil {
		return filter, err
	}
	if f.limit < 0 {
		return filter, usagef("--limit %d: want 0, which is no limit, or more", f.limit)
	}
	filter = replay.Filter{Operator: f.operator, Code: f.code}
	if filter.Since, err = sinceTime(f.since, time.Now()); err != nil || at == "" {
		return filter, err
	}
	filter.At, err = position(at)
	return filter, err
}

// sinceTime reads a date, a time, or how long ago it was.
func sinceTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("--since %q: want a date such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, or how long ago, such as 24h", text)
}

func position(text string) (*replay.Position, error) {
	partition, offset, ok := strings.Cut(text, ":")
	p, wrong := strconv.ParseUint(partition, 10, 31)
	o, bad := strconv.ParseUint(offset, 10, 63)
	if !ok || wrong != nil || bad != nil {
		return nil, usagef("%q: want PARTITION:OFFSET of a dead letter, such as 0:17", text)
	}
	return &replay.Position{Partition: int32(p), Offset: int64(o)}, nil
}

// loadForLetters reads the pipeline file for a dlq command.
func loadForLetters(file string) (*topology.Pipeline, error) {
	p, err := load(file, topology.Options{Secrets: true, Partitioner: client.Partition})
	if err != nil {
		return nil, err
	}
	printProblems(os.Stderr, coloured(os.Stderr), p.Warnings)
	return p, nil
}

// openLetters connects to the dead letters of p.
func openLetters(ctx context.Context, p *topology.Pipeline) (*replay.Desk, error) {
	desk, err := replay.Open(ctx, p, nil, nil)
	if errors.Is(err, replay.ErrNoLetters) {
		return nil, &usage{err: err}
	}
	return desk, err
}

// unmade adds to the error of dead letters that have no topic what makes it.
func unmade(p *topology.Pipeline, err error) error {
	if !errors.Is(err, topics.ErrTopics) {
		return err
	}
	return fmt.Errorf("%w; `anabranch apply %s` makes it, or `anabranch run %s --create-topics`", err, p.File, p.File)
}

// interrupted gives the error of a command that was asked to stop before its end.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return &status{code: exitTemporary, err: errors.New("stopped before the end")}
	}
	return err
}

// place is where a dead letter stands, as PARTITION:OFFSET.
func place(l *deadletter.Letter) string {
	return strconv.Itoa(int(l.Place.Partition)) + ":" + strconv.FormatInt(l.Place.Offset, 10)
}

// printable makes text from records safe for a terminal: whatever is not print becomes �.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != ' ' && !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// clock prints the time of an event.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
