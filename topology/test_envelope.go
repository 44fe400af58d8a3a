package topology

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology/document"
)

// envelope is an event of a test with what stands around its value. No field of a record begins with a dollar sign, so that a plain
// value is never taken for one.
type envelope struct {
	value     *document.Node // nil: the test does not say
	key       *document.Node
	headers   []stage.Header
	time      time.Time
	partition int32 // -1: the test does not say
	// suspect is true where a part was unknown, so that a value that is missing may be a slip that is reported already.
	suspect bool
}

var envelopeKeys = []string{"$key", "$value", "$time", "$headers", "$partition"}

// envelope reads what stands around a value; a plain value is its own.
func (r *reader) envelope(n *document.Node) envelope {
	e := envelope{partition: -1}
	dollar := func(p document.Pair) bool { return strings.HasPrefix(p.Key.Value, "$") }
	if n.Kind != document.Map || !slices.ContainsFunc(n.Pairs, dollar) || isRaw(n) {
		e.value = n
		return e
	}
	for _, p := range n.Pairs {
		switch p.Key.Value {
		case "$value":
			e.value = p.Value
		case "$key":
			e.key = p.Value
		case "$headers":
			e.headers = r.headers(p.Value)
		case "$time":
			e.time = r.time(p.Value)
		case "$partition":
			e.partition = int32(r.integer(p.Value, "$partition", 0, PartitionsMax-1, -1))
		case "$raw":
			e.suspect = true
			r.wrong(p.Key, "A1003", "`$raw` is a value, and other parts of the event stand beside it", "write $value: {$raw: …}")
		default:
			e.suspect = true
			remedy := "put the fields of the value under `$value:`"
			if meant := nearest(p.Key.Value, envelopeKeys); dollar(p) {
				remedy = "it has " + among(envelopeKeys)
				if meant != "" {
					remedy = fmt.Sprintf("did you mean `%s`?", meant)
				}
			}
			r.wrong(p.Key, "A1003", fmt.Sprintf("an event with $ keys has no `%s`", p.Key.Value), remedy)
		}
	}
	return e
}

// isRaw tells whether n is {$raw: BASE64}.
func isRaw(n *document.Node) bool {
	return n.Kind == document.Map && len(n.Pairs) == 1 && n.Pairs[0].Key.Value == "$raw"
}

// raw gives the bytes of {$raw: BASE64}.
func (r *reader) raw(n *document.Node) []byte {
	at := n.Pairs[0].Value
	data, err := base64.StdEncoding.DecodeString(at.Value)
	if err != nil || at.Kind == document.List || at.Kind == document.Map {
		r.wrong(at, "A1003", "`$raw` is bytes in base64, padded, got "+describe(at), `write AAEC for the bytes 0, 1 and 2, "" for none`)
	}
	return append([]byte{}, data...)
}

// bytes reads a key or a header: a text, {$raw: BASE64}, or null.
func (r *reader) bytes(n *document.Node, what string) []byte {
	switch {
	case n.Kind == document.Null:
		return nil
	case isRaw(n):
		return r.raw(n)
	case n.Kind != document.Scalar:
		r.wrong(n, "A1003", fmt.Sprintf("%s is a text, got %s", what, describe(n)), "write a text, {$raw: BASE64} or null")
		return nil
	}
	text, _ := r.expand(n)
	return []byte(text)
}

// headers reads a map from names to texts, or to lists of texts where a name is repeated.
func (r *reader) headers(n *document.Node) []stage.Header {
	if n.Kind != document.Map {
		r.wrong(n, "A1003", fmt.Sprintf("`$headers` is a map from names to texts, got %s", describe(n)), "write {name: text}")
		return nil
	}
	var all []stage.Header
	for _, p := range n.Pairs {
		values := []*document.Node{p.Value}
		if p.Value.Kind == document.List {
			values = p.Value.Items
		}
		for _, value := range values {
			all = append(all, stage.Header{Key: p.Key.Value, Value: r.bytes(value, "header "+p.Key.Value)})
		}
	}
	return all
}

// time reads RFC 3339, or milliseconds since 1970.
func (r *reader) time(n *document.Node) time.Time {
	at, err := time.Parse(time.RFC3339Nano, n.Value)
	if ms, wrong := strconv.ParseInt(n.Value, 10, 64); wrong == nil {
		at, err = time.UnixMilli(ms).UTC(), nil
	}
	if n.Kind != document.Scalar || err != nil || at.UnixMilli() < 0 || at.UnixMilli() > math.MaxInt64/2 {
		r.wrong(n, "A1003", fmt.Sprintf("`$time` is a time from 1970 on, got %s", describe(n)), "write 2026-11-01T08:00:00Z, or milliseconds since 1970")
		return time.Time{}
	}
	return at.Truncate(time.Millisecond)
}
