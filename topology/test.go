package topology

import (
	"time"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology/document"
)

// Test is one entry of `tests`: events for the inputs of the pipeline, and what must become of them. It is read-only.
type Test struct {
	Name   string
	Line   int     // of its name in the file, from 1
	Given  []Given // in the order of the file
	Expect Expect
}

// Given is one event that a test gives to an input, ready to be written.
type Given struct {
	Node      *document.Node // as it stands in the file
	Stream    *Stream
	Key       []byte // what the test says, or what the stream's key is said to equal; nil: none
	Value     []byte // framing included; nil for a tombstone
	Headers   []stage.Header
	Time      time.Time // zero where the test does not say
	Partition int32     // -1 where the test does not say
	// Unsaid are the fields, as paths such as card.country, that neither the test nor the schema gives a value. They hold the zero
	// of their type.
	Unsaid []string
}

// Expect is what must become of the events of a test. What it does not name must not happen, but for streams that stay inside
// the pipeline.
type Expect struct {
	Streams []Expected
	Dropped []Dropped
	Dead    *Expected // nil: no event becomes a dead letter
	// Stops is the operator whose rejection ends the run, of a pipeline without dead letters; then nothing else is expected.
	Stops *Operator
}

// Expected is what must come out of one stream, or become dead letters.
type Expected struct {
	Node    *document.Node
	Stream  *Stream // nil: the dead letters
	Any     bool    // whatever comes is right
	Count   int     // how many events
	Listed  bool    // Events are the events, as many as Count
	Events  []Wanted
	InOrder bool // within each partition the events come in the order of the list
}

// Dropped is how many events one operator must drop.
type Dropped struct {
	Node     *document.Node
	Operator *Operator
	Any      bool
	Count    int
}

// Wanted is what a test says of one event. What is nil or empty is not looked at.
type Wanted struct {
	Node      *document.Node
	Value     *Pattern
	Key       *Pattern
	Headers   []stage.Header // each must be there; more may be
	Time      time.Time
	Partition int32 // -1: not looked at

	// Of dead letters only.
	Operator *Operator
	Code     string // of package deadletter
	Reason   string // a part of it
}

// Pattern is what a test says of a value: of a record the fields that it names, of anything else the whole.
type Pattern struct {
	Node *document.Node // nil for a field that an exact pattern adds
	// Fields are those of a record.
	Fields []PatternField
	Record bool
	// Branch is the member in which the natural JSON of a union has this value; empty where the value stands bare.
	Branch string
	// JSON is the natural JSON of what is no record: null for a tombstone.
	JSON string
	// Raw are bytes that need not be a value of the schema; nil where JSON or Fields say it.
	Raw []byte
}

// PatternField is what a Pattern says of one field.
type PatternField struct {
	Name string
	Pattern
}
