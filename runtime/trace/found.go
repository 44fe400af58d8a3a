package trace

import (
	"fmt"
	"strings"
)

// Found is what the pipeline has really made of a record.
type Found struct {
	Descendants []Descendant `json:"descendants"`
	// Missing says what the pipeline would write today and was not found.
	Missing []string `json:"missing"`
	// Notes say how far the search went, and what it could not tell.
	Notes []string `json:"notes"`
}

// Descendant is one record that was found.
type Descendant struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	Offset    int64    `json:"offset"`
	Stream    string   `json:"stream,omitempty"`   // none of a dead letter
	Operator  string   `json:"operator,omitempty"` // of a dead letter: the one that rejected the event
	Code      string   `json:"code,omitempty"`     // of a dead letter
	Sure      Sureness `json:"sure"`
	Why       string   `json:"why"`
}

// Sureness is how sure it is that a record descends from another.
type Sureness string

// How sure it can be.
const (
	Certain    Sureness = "certain"     // a header names the origin
	VeryLikely Sureness = "very likely" // as many records are alike as there must be, where they must be
	Likely     Sureness = "likely"      // it is alike, but not where the pipeline would put it today
	Ambiguous  Sureness = "ambiguous"   // more records are alike than there must be
)

func (f *Found) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

// String writes it for people, a line for each descendant.
func (f *Found) String() string {
	var b strings.Builder
	b.WriteString("it was found\n")
	width := 0
	for _, d := range f.Descendants {
		width = max(width, len(d.place()))
	}
	for _, d := range f.Descendants {
		fmt.Fprintf(&b, "  %-*s  %s: %s\n", width, d.place(), d.Sure, d.Why)
		if d.Operator != "" {
			fmt.Fprintf(&b, "  %-*s  dead letter of %s, %s\n", width, "", d.Operator, d.Code)
		}
	}
	if len(f.Descendants) == 0 {
		b.WriteString("  nowhere\n")
	}
	for _, missing := range f.Missing {
		fmt.Fprintf(&b, "  not in %s\n", missing)
	}
	for _, note := range f.Notes {
		fmt.Fprintf(&b, "  note: %s\n", note)
	}
	return b.String()
}

func (d *Descendant) place() string { return fmt.Sprintf("%s:%d:%d", d.Topic, d.Partition, d.Offset) }
