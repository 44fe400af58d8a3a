package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/topology"
)

// traced is one record and what becomes of it.
type traced struct {
	stream *topology.Stream
	record *kgo.Record
	form   *ndjson.Form
	letter string // the dead letter that was asked for, where the record is its origin
	step   *trace.Step
	found  *trace.Found // nil: nobody looked
}

func (t *traced) print(w io.Writer, output string) error {
	if output == "json" {
		return t.printJSON(w)
	}
	return t.printHuman(w)
}

// shownMax is how much of a record's value is shown to people, in columns.
const shownMax = 90

func (t *traced) printHuman(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of stream %s\n", t.place(), t.stream.Name)
	if t.letter != "" {
		fmt.Fprintf(&b, "  dead letter %s came of it\n", t.letter)
	}
	fmt.Fprintf(&b, "  key    %s\n", trace.Cut(trace.Bytes(t.record.Key), shownMax))
	if !t.byHand() {
		fmt.Fprintf(&b, "  time   %s\n", clock(t.record.Timestamp))
	}
	for _, h := range t.record.Headers {
		fmt.Fprintf(&b, "  header %s: %s\n", printable(h.Key), trace.Cut(trace.Bytes(h.Value), shownMax-len(h.Key)))
	}
	value := printable(string(t.form.Append(nil, &kgo.Record{Value: t.record.Value})))
	fmt.Fprintf(&b, "  value  %s\n\n", trace.Cut(value, shownMax))
	for _, s := range t.step.All() {
		fmt.Fprintf(&b, "%s\n", s)
	}
	ends := "it ends"
	if t.found != nil {
		ends = "it would end today"
	}
	fmt.Fprintf(&b, "%s\n", ends)
	for _, e := range t.step.Ends() {
		fmt.Fprintf(&b, "  %s\n", endWords(e))
	}
	if t.found != nil {
		b.WriteString("\n" + t.found.String())
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// byHand tells whether the record stands in no topic.
func (t *traced) byHand() bool { return t.record.Offset == trace.Unknown }

func (t *traced) place() string {
	if t.byHand() {
		return fmt.Sprintf("a record given by hand, as if in %s[%d],", t.record.Topic, t.record.Partition)
	}
	return fmt.Sprintf("%s:%d:%d", t.record.Topic, t.record.Partition, t.record.Offset)
}

// endWords says how a way ends.
func endWords(e trace.End) string {
	switch {
	case e.Arrival != nil:
		return fmt.Sprintf("in %s[%d], stream %s", e.Arrival.Stream.Topic(), e.Arrival.Partition, e.Arrival.Stream.Name)
	case e.Code == "":
		return "dropped by " + e.Step.Operator.Name
	case e.Step.Letter.Topic == "":
		return fmt.Sprintf("rejected by %s (%s), which stops the pipeline", e.Step.Operator.Name, e.Code)
	}
	return fmt.Sprintf("in %s[%d], dead letter of %s (%s)", e.Step.Letter.Topic, e.Step.Letter.Partition, e.Step.Operator.Name, e.Code)
}
