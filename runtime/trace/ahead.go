package trace

import (
	"fmt"
	"strings"
	"time"

	"github.com/anabranch-go/anabranch/stage/merger"
)

// Ahead says how far ahead of its time an ordered merger finds the event, where that is too far; empty where it is not.
func (s *Step) Ahead() string {
	o := s.Sub.Ordering
	if o == nil || s.Sub.Operators[o.Node] != s.Operator || len(s.Formulas) == 0 {
		return ""
	}
	by, is := s.Formulas[0].Value.(time.Time)
	if !is || !o.Ahead(merger.Rank{N: by.UnixMicro()}, s.Event.Time) {
		return ""
	}
	return fmt.Sprintf("%s is %s ahead of the record's time, more than max_ahead %s", Cut(oneLine(s.Formulas[0].Source), sourceMax), length(by.Sub(s.Event.Time)), length(o.MaxAhead))
}

// oneLine is a text without line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// length is a length of time in the largest units that it needs: days from two on, else hours, minutes and seconds.
func length(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
