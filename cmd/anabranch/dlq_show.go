package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/topology"
)

func dlqShowCommand() *cobra.Command {
	var f dlqFlags
	var replayed bool
	command := &cobra.Command{
		Use:   "show FILE [PARTITION:OFFSET]",
		Short: "Show dead letters, decoded",
		Long: `Show prints the dead letters of a pipeline, or the one at PARTITION:OFFSET: the event as it entered the operator, in the
JSON of its schema where it has one, and why it was rejected. Bytes that are not of the schema are {"$raw": BASE64}.
With -o json each letter is one line; its "event" is a line that 'run --feed' takes.`,
		Args: arguments(1, 2, "one FILE and one PARTITION:OFFSET"),
		RunE: func(c *cobra.Command, args []string) error {
			return interrupted(c.Context(), dlqShow(c.Context(), c.OutOrStdout(), args, f, replayed))
		},
	}
	f.add(command, "show at most `N` letters; 0 is all")
	command.Flags().BoolVar(&replayed, "replayed", false, "show letters that were replayed, too")
	return command
}

func dlqShow(ctx context.Context, w io.Writer, args []string, f dlqFlags, replayed bool) error {
	p, err := loadForLetters(args[0])
	if err != nil {
		return err
	}
	at := strings.Join(args[1:], "")
	filter, err := f.filter(p, at)
	if err != nil {
		return err
	}
	forms, err := operatorForms(p)
	if err != nil {
		return err
	}
	desk, err := openLetters(ctx, p)
	if err != nil {
		return err
	}
	defer desk.Close()
	shown, wrote := 0, error(nil)
	err = desk.Each(ctx, filter, func(l *deadletter.Letter, before bool) bool {
		if before && !replayed && at == "" {
			return true
		}
		if wrote = showLetter(w, l, before, forms, f.output, p); wrote != nil {
			return false
		}
		shown++
		return at == "" && (f.limit == 0 || shown < f.limit)
	})
	if err == nil && at != "" && shown == 0 {
		err = usagef("no dead letter of pipeline %s at %s that the flags choose", p.Name, at)
	}
	return first(wrote, unmade(p, err))
}

// shownLetter is the JSON of a letter.
type shownLetter struct {
	At         string          `json:"at"`
	Operator   string          `json:"operator"`
	Code       string          `json:"code"`
	Reason     string          `json:"reason"`
	Expression string          `json:"expression,omitempty"`
	Origin     string          `json:"origin"`
	Attempt    int             `json:"attempt"`
	Revision   string          `json:"revision"`
	Streams    []string        `json:"streams,omitempty"` // that the broker refused the event for
	Pointer    string          `json:"pointer,omitempty"` // why the event is at its origin alone
	Replayed   bool            `json:"replayed"`
	Before     string          `json:"before,omitempty"` // which dead letter the event was before, as TOPIC:PARTITION:OFFSET
	Exception  string          `json:"exception"`
	Stack      string          `json:"stack,omitempty"`
	Event      json.RawMessage `json:"event"` // null for a pointer
}

func showLetter(w io.Writer, l *deadletter.Letter, replayed bool, forms map[string]*ndjson.Form, output string, p *topology.Pipeline) error {
	s := shownLetter{
		At: place(l), Operator: l.Operator, Code: string(l.Code), Reason: l.Reason, Expression: l.Expression,
		Origin: l.Event.Origin.String(), Attempt: l.Attempt, Revision: l.Revision, Streams: l.Streams, Pointer: l.Pointer,
		Replayed: replayed, Exception: l.Exception, Stack: l.Stack, Event: event(l, forms),
	}
	if l.Replayed.Topic != "" {
		s.Before = l.Replayed.String()
	}
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(s)
	}
	return writeLetter(w, &s, p)
}

// event is the event of a letter as a line of JSON; null for a pointer.
func event(l *deadletter.Letter, forms map[string]*ndjson.Form) json.RawMessage {
	if l.Pointer != "" {
		return json.RawMessage("null")
	}
	r := kgo.Record{Key: l.Event.Key, Value: l.Value, Timestamp: l.Event.Time}
	for _, h := range l.Event.Headers {
		r.Headers = append(r.Headers, kgo.RecordHeader(h))
	}
	form := forms[l.Operator]
	if form == nil {
		form = &ndjson.Form{Envelope: true}
	}
	return form.Append(nil, &r)
}

// stackLines is how much of a stack is shown to people.
const stackLines = 12

// writeLetter prints a letter for people.
func writeLetter(w io.Writer, s *shownLetter, p *topology.Pipeline) error {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s  %s\n", name, printable(text))
		}
	}
	fmt.Fprintf(w, "%s:%s  %s, %s\n", p.OnError.DeadLetter, s.At, printable(s.Operator), printable(s.Code))
	line("reason", s.Reason)
	line("expression", s.Expression)
	line("origin", s.Origin)
	attempt := fmt.Sprintf("%d, by revision %s of the file", s.Attempt, s.Revision)
	if s.Revision != p.Revision {
		attempt += ", which is " + p.Revision + " now"
	}
	line("attempt", attempt)
	line("before", s.Before)
	if s.Replayed {
		line("replayed", "yes")
	}
	line("refused for", strings.Join(s.Streams, ", "))
	line("pointer", s.Pointer)
	var parts struct {
		Key     json.RawMessage `json:"$key"`
		Time    string          `json:"$time"`
		Headers json.RawMessage `json:"$headers"`
		Value   json.RawMessage `json:"$value"`
	}
	if json.Unmarshal(s.Event, &parts) == nil && s.Pointer == "" {
		line("time", parts.Time)
		line("key", string(parts.Key))
		line("headers", string(parts.Headers))
		line("value", string(parts.Value))
	}
	if s.Stack != "" {
		lines := strings.Split(strings.TrimSpace(s.Stack), "\n")
		for _, l := range lines[:min(len(lines), stackLines)] {
			line("stack", strings.ReplaceAll(l, "\t", "  "))
		}
		if more := len(lines) - stackLines; more > 0 {
			line("stack", fmt.Sprintf("… and %d lines more", more))
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
