package testdriver

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// arrival is one event that came out of a stream, or became a dead letter.
type arrival struct {
	key       []byte
	value     *tree
	headers   []stage.Header
	time      time.Time
	partition int32 // -1: the stream is no topic
	given     int
	letter    *deadletter.Letter // of a dead letter
}

// Row is one thing that a test says of an event, beside what the event has.
type Row struct {
	Field   string `json:"field"`
	Want    string `json:"want"`
	Got     string `json:"got"`
	Differs bool   `json:"differs"`
}

// rows hold what is wanted of an event against one that came; got nil leaves that side empty.
func rows(w *topology.Wanted, got *arrival) []Row {
	var all []Row
	say := func(field, want string, have *tree, is bool) {
		all = append(all, Row{Field: field, Want: want, Got: have.String(), Differs: !is})
	}
	if got == nil {
		got = &arrival{partition: -1}
	}
	if w.Operator != nil {
		operator, _ := got.deadLetter()
		say("operator", w.Operator.Name, &tree{text: operator}, operator == w.Operator.Name)
	}
	_, letter := got.deadLetter()
	if w.Code != "" {
		say("code", w.Code, &tree{text: string(letter.Code)}, string(letter.Code) == w.Code)
	}
	if w.Reason != "" {
		say("reason", w.Reason, &tree{text: letter.Reason}, strings.Contains(letter.Reason, w.Reason))
	}
	if w.Partition >= 0 {
		partition := strconv.Itoa(int(got.partition))
		say("$partition", strconv.Itoa(int(w.Partition)), &tree{text: partition}, got.partition == w.Partition)
	}
	if !w.Time.IsZero() {
		say("$time", w.Time.UTC().Format(time.RFC3339Nano), &tree{text: got.time.UTC().Format(time.RFC3339Nano)}, got.time.Equal(w.Time))
	}
	if w.Key != nil {
		all = append(all, valueRows("$key", w.Key, textTree(got.key))...)
	}
	for _, h := range w.Headers {
		all = append(all, headerRow(h, got.headers))
	}
	if w.Value != nil {
		all = append(all, valueRows("", w.Value, got.value)...)
	}
	return all
}

// deadLetter is the letter of a; an empty one where it is none.
func (a *arrival) deadLetter() (operator string, letter deadletter.Letter) {
	if a.letter == nil {
		return "", deadletter.Letter{}
	}
	return a.letter.Operator, *a.letter
}

func headerRow(want stage.Header, headers []stage.Header) Row {
	w := textTree(want.Value)
	row := Row{Field: "header " + want.Key, Want: w.String(), Differs: true}
	for _, h := range headers {
		if h.Key == want.Key {
			row.Got = textTree(h.Value).String()
			if textTree(h.Value).text == w.text {
				row.Differs = false
				break
			}
		}
	}
	return row
}

// fits tells whether no row of w and got differs.
func fits(w *topology.Wanted, got *arrival) bool {
	if w.Value != nil && !valueFits(w.Value, got.value) {
		return false
	}
	if w.Key == nil && w.Partition < 0 && w.Time.IsZero() && len(w.Headers) == 0 && got.letter == nil {
		return true
	}
	rest := *w
	rest.Value = nil
	return differing(rows(&rest, got)) == 0
}

// valueFits tells whether no row of a pattern and a value differs.
func valueFits(p *topology.Pattern, got *tree) bool {
	if !p.Record && p.Raw == nil && p.Branch == "" {
		return got != nil && got.is(p.JSON)
	}
	if !p.Record || p.Branch != "" || got == nil || got.raw || len(p.Fields) == 0 {
		return differing(valueRows("", p, got)) == 0
	}
	for i := range p.Fields {
		if !valueFits(&p.Fields[i].Pattern, got.member(p.Fields[i].Name)) {
			return false
		}
	}
	return true
}

// valueRows hold a pattern against a value, one row for each field that the pattern names.
func valueRows(path string, p *topology.Pattern, got *tree) []Row {
	if p.Raw != nil {
		want := &tree{text: `{"$raw":"` + base64.StdEncoding.EncodeToString(p.Raw) + `"}`}
		return []Row{{Field: orValue(path), Want: want.String(), Got: got.String(), Differs: got == nil || got.data == nil || string(got.data) != string(p.Raw)}}
	}
	if p.Branch != "" {
		got = got.member(p.Branch)
	}
	if !p.Record {
		return []Row{{Field: orValue(path), Want: plain(p.JSON), Got: got.String(), Differs: got == nil || !got.is(p.JSON)}}
	}
	if got != nil && got.members == nil || got != nil && got.raw {
		return []Row{{Field: orValue(path), Want: "a record", Got: got.String(), Differs: true}}
	}
	if len(p.Fields) == 0 {
		return []Row{{Field: orValue(path), Want: "a record", Got: got.String(), Differs: got == nil}}
	}
	var all []Row
	for i := range p.Fields {
		f := &p.Fields[i]
		at := f.Name
		if path != "" {
			at = path + "." + f.Name
		}
		all = append(all, valueRows(at, &f.Pattern, got.member(f.Name))...)
	}
	return all
}

func orValue(path string) string {
	if path == "" {
		return "the value"
	}
	return path
}

// differing is how many rows differ.
func differing(rows []Row) int {
	n := 0
	for _, r := range rows {
		if r.Differs {
			n++
		}
	}
	return n
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
