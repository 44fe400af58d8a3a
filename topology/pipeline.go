package topology

import (
	"time"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// Pipeline is a checked pipeline file. It is read-only.
type Pipeline struct {
	Name      string
	File      string // as it was given
	Revision  string // the first 12 hex digits of the SHA-256 of the file and of its schemas
	Kafka     Kafka
	Streams   []*Stream   // in the order of the file, undeclared inner streams after them
	Operators []*Operator // in the order of the file
	OnError   OnError
	Subs      []*Sub // every sub-topology after those that write its inputs
	Tests     []Test // in the order of the file
	Warnings  diagnostic.Problems
}

// Stream is a named, typed edge between operators.
type Stream struct {
	Name       string
	Topics     []string // empty for a stream that exists only inside a worker; several only for an input
	Managed    bool     // false: another team's topic, never created
	Partitions int32    // as declared; 0 where the file does not say
	Config     map[string]string
	Start      Start
	Value      Format // inherited from upstream where the file does not declare one
	Key        Format
	Contract   Contract
	KeyEquals  string    // the expression that the key is said to equal; empty where nothing is said
	Writer     *Operator // nil for a stream that comes from outside
	Reader     *Operator // nil for a stream that leaves the pipeline
}

// Topic is the one topic of an output stream, or the first of an input; empty for an inner stream.
func (s *Stream) Topic() string {
	if len(s.Topics) == 0 {
		return ""
	}
	return s.Topics[0]
}

// Format says how the bytes of a value or a key are to be read.
type Format struct {
	Name    string          // avro, string or bytes
	Schema  *schemas.Schema // of avro
	Framing schemas.Framing // of avro
	// Resolution reads values that were written with another schema than Schema, which an output may declare where it reads them.
	// Nil: they are written with Schema.
	Resolution *schemas.Resolution
	// Compatibility is what the file demands of the schemas that the stream's values have in time; of avro.
	Compatibility schemas.Mode
}

// Projection compiles a reader of the fields at paths, which are those of Schema.
func (f Format) Projection(paths []string) (*schemas.Projection, error) {
	if f.Resolution != nil {
		return f.Resolution.Projection(f.Framing, paths)
	}
	return schemas.NewProjection(f.Schema, f.Framing, paths)
}

// Codec is the codec of the values without their framing; nil for string and bytes.
func (f Format) Codec() *schemas.Codec {
	switch {
	case f.Resolution != nil:
		return f.Resolution.Codec()
	case f.Schema != nil:
		return schemas.NewCodec(f.Schema)
	}
	return nil
}

// written is the schema of the bytes.
func (f Format) written() *schemas.Schema {
	if f.Resolution != nil {
		return f.Resolution.Writer()
	}
	return f.Schema
}

// Start is where a group begins that has never committed a position.
type Start struct {
	Latest bool
	At     time.Time // zero: earliest, or latest where Latest is set
}

// Operator is one named node of the graph.
type Operator struct {
	Name string
	Type string // copier, filter, splitter, sharder or merger
	From []*Stream
	To   []Port // in the order of the file; the index is the port number
	// Expressions are the source texts that the operator evaluates, in the order of the file.
	Expressions []string
	Formulas    []*expression.Expression // the same, checked
	Settings    []Setting
	Line        int // of its name in the file, from 1
}

// Port is one way out of an operator.
type Port struct {
	Label  string  // what leads there: a case, a condition, a share; empty for the only port
	Stream *Stream // nil for the words
	Word   string  // drop or dead_letter where Stream is nil
}

// OnError says what becomes of events that an operator cannot handle.
type OnError struct {
	Retry      Retry
	DeadLetter string  // the topic; empty: the first rejected event stops the pipeline
	Tolerance  float64 // the share of the input that may be rejected, 0 to 1; below 0: no limit
}

// Retry says how often a batch that failed as a whole is tried, and how long to wait in between.
type Retry struct {
	Attempts     int
	Initial, Max time.Duration
	Jitter       float64 // 0 to 1: the share of a wait that is random
}

// Kafka says how to reach the cluster.
type Kafka struct {
	Brokers []string
	TLS     *TLS  // nil: plain text
	SASL    *SASL // nil: none
}

// TLS names the files of a connection's certificates; all are optional.
type TLS struct {
	CA, Cert, Key string // paths, already resolved against the pipeline file
	ServerName    string
}

// SASL is how the client says who it is.
type SASL struct {
	Mechanism string // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	User      string
	Password  Secret
}

// Sub is a sub-topology: a connected piece of the graph between topics. It is one consumer group and one transaction.
type Sub struct {
	Name      string
	Inputs    []*Stream   // each has a topic; Program.Inputs has the same order
	Operators []*Operator // Program.Nodes has the same order
	Sinks     []*Stream   // each has a topic; Program's sinks have the same order
	Program   *stage.Program[stage.Row]
	// Projection reads the fields that the operators' expressions need into a Row; nil where they need none.
	Projection *schemas.Projection
	// Headers tells whether an expression reads headers.
	Headers bool
	// Ordering is what the inputs are ordered by where the sub-topology begins with an ordered merger; else nil.
	Ordering *Ordering
}

// Group is the consumer group of s in pipeline p.
func (p *Pipeline) Group(s *Sub) string { return p.Name + "." + s.Name }
