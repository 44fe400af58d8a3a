package verify

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/topology"
)

// checker tries the claims about one stream on its records. The records of a partition come in order.
type checker struct {
	found  Stream
	form   *ndjson.Form
	text   bool                 // values are text
	widths map[string]int32     // partitions by topic
	latest map[string]time.Time // by topic and partition

	value, key, partition *Check // nil where nothing is claimed
	time                  *Check
}

func newChecker(s *topology.Stream, sources []source) (*checker, error) {
	c := &checker{
		found: Stream{Name: s.Name, Topics: s.Topics, Partitions: len(sources)}, text: s.Value.Name == "string",
		widths: map[string]int32{}, latest: map[string]time.Time{}, time: &Check{Name: "time"},
	}
	for _, at := range sources {
		c.widths[at.topic]++
	}
	var err error
	if c.form, err = ndjson.Of(s, 0); err != nil {
		return nil, err
	}
	if s.Value.Schema != nil {
		c.value = &Check{Name: "value", Claim: "avro " + s.Value.TypeName()}
	} else if c.text {
		c.value = &Check{Name: "value", Claim: "text"}
	}
	if c.form.DeriveKey != nil {
		c.key = &Check{Name: "key", Claim: s.KeyEquals}
	}
	if claim := s.Contract.Partitioning; claim.By != "" {
		c.partition = &Check{Name: "partition", Claim: claim.Hash + " of the key"}
	}
	c.partitions(s)
	return c, nil
}

// partitions checks how many each topic has.
func (c *checker) partitions(s *topology.Stream) {
	if s.Partitions == 0 {
		return
	}
	check := Check{Name: "partitions", Claim: strconv.Itoa(int(s.Partitions))}
	for _, topic := range s.Topics {
		check.Tried++
		if n := c.widths[topic]; n != s.Partitions {
			check.wrong(Example{topic, -1, 0, fmt.Sprintf("it has %d", n)})
		}
	}
	c.found.Checks = append(c.found.Checks, check)
}

// record tries every claim on one record. A value that cannot be read says nothing about the key.
func (c *checker) record(r *kgo.Record) {
	c.found.Sampled++
	whole := c.checkValue(r)
	if c.key != nil && whole && r.Value != nil {
		c.checkKey(r)
	}
	if c.partition != nil && r.Key != nil {
		c.partition.Tried++
		if want := client.Partition(r.Key, c.widths[r.Topic]); want != r.Partition {
			c.partition.wrong(at(r, "key %s belongs in partition %d", quoted(r.Key), want))
		}
	}
	c.checkTime(r)
}

// checkValue tells whether the value is what it is said to be. A tombstone is.
func (c *checker) checkValue(r *kgo.Record) bool {
	if c.value == nil || r.Value == nil {
		return true
	}
	c.value.Tried++
	if c.text {
		if !utf8.Valid(r.Value) {
			c.value.wrong(at(r, "not UTF-8"))
			return false
		}
		return true
	}
	if _, err := c.form.Value.ToJSON(r.Value); err != nil {
		c.value.wrong(at(r, "%v", err))
		return false
	}
	return true
}

func (c *checker) checkKey(r *kgo.Record) {
	c.key.Tried++
	want, err := c.form.DeriveKey(r.Value)
	switch {
	case err != nil:
		c.key.wrong(at(r, "%s has no value: %v", c.key.Claim, err))
	case r.Key == nil:
		c.key.wrong(at(r, "no key; %s is %s", c.key.Claim, quoted(want)))
	case !bytes.Equal(r.Key, want):
		c.key.wrong(at(r, "key %s; %s is %s", quoted(r.Key), c.key.Claim, quoted(want)))
	}
}

// checkTime counts the records that are earlier than one before them. Nothing claims that there are none.
func (c *checker) checkTime(r *kgo.Record) {
	c.time.Tried++
	place := fmt.Sprintf("%s:%d", r.Topic, r.Partition)
	if latest, seen := c.latest[place]; seen && r.Timestamp.Before(latest) {
		c.time.wrong(at(r, "%s earlier than one before it", latest.Sub(r.Timestamp)))
	} else {
		c.latest[place] = r.Timestamp
	}
}

func (c *checker) stream() *Stream {
	for _, check := range []*Check{c.value, c.key, c.partition, c.time} {
		if check != nil {
			c.found.Checks = append(c.found.Checks, *check)
		}
	}
	return &c.found
}

// wrong counts a record, and keeps the first by topic, partition and offset: partitions are read at once, in any order.
func (c *Check) wrong(e Example) {
	c.Wrong++
	c.Examples = append(c.Examples, e)
	slices.SortFunc(c.Examples, inPlace)
	c.Examples = c.Examples[:min(len(c.Examples), ExamplesMax)]
}

func inPlace(a, b Example) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
}

func at(r *kgo.Record, format string, args ...any) Example {
	return Example{r.Topic, r.Partition, r.Offset, fmt.Sprintf(format, args...)}
}

// keyBytesMax is how much of a key is shown.
const keyBytesMax = 40

// quoted is a key as text, or its bytes in hexadecimal.
func quoted(key []byte) string {
	rest := ""
	if len(key) > keyBytesMax {
		key, rest = key[:keyBytesMax], "…"
	}
	if !utf8.Valid(key) || bytes.ContainsFunc(key, func(r rune) bool { return r < ' ' }) {
		return fmt.Sprintf("0x%x%s", key, rest)
	}
	return strconv.Quote(string(key)) + rest
}
