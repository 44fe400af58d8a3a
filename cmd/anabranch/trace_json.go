package main

import (
	"encoding/json"
	"io"

	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// tracedJSON is the JSON of a trace.
type tracedJSON struct {
	Stream    string          `json:"stream"`
	Topic     string          `json:"topic"`
	Partition int32           `json:"partition"`
	Offset    *int64          `json:"offset,omitempty"`      // none for a record given by hand
	Letter    string          `json:"dead_letter,omitempty"` // that was asked for, where this record is its origin
	Record    json.RawMessage `json:"record"`                // an envelope, as a feed takes it
	Steps     []stepJSON      `json:"steps"`
	Found     *trace.Found    `json:"found,omitempty"`
}

// stepJSON is what one operator decided.
type stepJSON struct {
	Sub         string        `json:"sub"`
	Operator    string        `json:"operator"`
	Type        string        `json:"type"`
	Line        int           `json:"line"`
	Fate        string        `json:"fate"` // passed, dropped or dead, as in the balance
	Topic       string        `json:"topic"`
	Partition   int32         `json:"partition"`
	Expressions []partJSON    `json:"expressions,omitempty"`
	Key         *string       `json:"key,omitempty"` // of a sharder
	Code        string        `json:"code,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	DeadLetter  *trace.Letter `json:"dead_letter,omitempty"`
	Ahead       string        `json:"ahead,omitempty"`  // why it is too far ahead for an ordered merger
	Untold      string        `json:"untold,omitempty"` // what one record cannot tell
	Ways        []wayJSON     `json:"ways"`
}

// partJSON is an expression or a part of one.
type partJSON struct {
	Source  string          `json:"source"`
	Offset  int             `json:"offset"` // of its operator or name in the whole expression, in bytes
	Value   json.RawMessage `json:"value,omitempty"`
	Error   string          `json:"error,omitempty"`
	Skipped bool            `json:"skipped,omitempty"`
	Parts   []partJSON      `json:"parts,omitempty"`
}

// wayJSON is one port that was taken: to an operator, to a topic, or to neither where it drops.
type wayJSON struct {
	Stream    string `json:"stream,omitempty"`
	Label     string `json:"label,omitempty"`
	Operator  string `json:"operator,omitempty"`
	Topic     string `json:"topic,omitempty"`
	Partition *int32 `json:"partition,omitempty"`
	Placed    string `json:"placed,omitempty"`
	Key       string `json:"key,omitempty"` // where it is a new one
}

func (t *traced) printJSON(w io.Writer) error {
	envelope := *t.form
	envelope.Envelope = true
	j := tracedJSON{
		Stream: t.stream.Name, Topic: t.record.Topic, Partition: t.record.Partition, Letter: t.letter,
		Record: envelope.Append(nil, t.record), Found: t.found, Steps: []stepJSON{},
	}
	if !t.byHand() {
		j.Offset = &t.record.Offset
	}
	for _, s := range t.step.All() {
		j.Steps = append(j.Steps, jsonOfStep(s))
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(j)
}

func jsonOfStep(s *trace.Step) stepJSON {
	j := stepJSON{
		Sub: s.Sub.Name, Operator: s.Operator.Name, Type: s.Operator.Type, Line: s.Operator.Line, Fate: "passed",
		Topic: s.Event.Origin.Topic, Partition: s.Event.Origin.Partition, Code: string(s.Code), DeadLetter: s.Letter, Ahead: s.Ahead(), Untold: s.Untold(), Ways: []wayJSON{},
	}
	for _, x := range s.Formulas {
		j.Expressions = append(j.Expressions, jsonOfPart(x))
	}
	if s.Key != nil {
		key := trace.Bytes(s.Key)
		j.Key = &key
	}
	switch {
	case s.Rejected != nil:
		j.Fate, j.Reason = "dead", s.Rejected.Error()
	case s.Dropped():
		j.Fate = "dropped"
	}
	for i := range s.Ways {
		j.Ways = append(j.Ways, jsonOfWay(&s.Ways[i]))
	}
	return j
}

func jsonOfPart(x *expression.Explanation) partJSON {
	j := partJSON{Source: x.Source, Offset: x.Offset, Skipped: x.Skipped}
	switch {
	case x.Skipped:
	case x.Err != nil:
		j.Error = x.Err.Error()
	default:
		j.Value = trace.JSON(x.Value)
	}
	for _, part := range x.Parts {
		j.Parts = append(j.Parts, jsonOfPart(part))
	}
	return j
}

func jsonOfWay(w *trace.Way) wayJSON {
	j := wayJSON{Label: w.Port.Label}
	if w.Port.Stream != nil {
		j.Stream = w.Port.Stream.Name
	}
	if w.Next != nil {
		j.Operator = w.Next.Operator.Name
	}
	if a := w.Arrival; a != nil {
		j.Topic, j.Partition, j.Placed = a.Stream.Topic(), &a.Partition, string(a.Why)
		if a.Placer != nil {
			j.Placed = "by " + a.Placer.Name
		}
		if a.Rekey {
			j.Key = trace.Bytes(a.Key)
		}
	}
	return j
}
