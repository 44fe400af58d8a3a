package fingerprint

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

// Sub describes one revision of a sub-topology. Lists are sorted by name: the order of a file says nothing.
type Sub struct {
	Pipeline    string     `json:"pipeline"`
	Name        string     `json:"sub"`
	Reads       []Read     `json:"reads"`
	Writes      []Write    `json:"writes"`
	Operators   []Operator `json:"operators"`
	Edges       []Edge     `json:"edges"`
	DeadLetters string     `json:"dead_letters,omitempty"`
}

// Read is a topic that is read.
type Read struct {
	Topic  string `json:"topic"`
	Stream string `json:"stream"`
	Schema string `json:"schema,omitempty"` // name and hash; empty where values are not avro
}

// Write is a topic that is written.
type Write struct {
	Topic   string `json:"topic"`
	Stream  string `json:"stream"`
	Inner   bool   `json:"inner,omitempty"`   // another sub-topology of the pipeline reads it
	Managed bool   `json:"managed"`           // false: another team's
	By      string `json:"sharded,omitempty"` // what chooses the partition; empty: that of the input, or the key
}

// Operator is one operator.
type Operator struct {
	Name     string             `json:"name"`
	Type     string             `json:"type"`
	From     []string           `json:"from"`
	To       []string           `json:"to"`
	Settings []topology.Setting `json:"settings,omitempty"`
}

// Edge is the contract of a stream: what its values and keys are.
type Edge struct {
	Stream string `json:"stream"`
	Value  string `json:"value"`
	Key    string `json:"key"`
}

// Of describes sub of p.
func Of(p *topology.Pipeline, sub *topology.Sub) *Sub {
	s := &Sub{Pipeline: p.Name, Name: sub.Name, DeadLetters: p.OnError.DeadLetter}
	for _, in := range sub.Inputs {
		s.edge(in)
		for _, topic := range in.Topics {
			s.Reads = append(s.Reads, Read{Topic: topic, Stream: in.Name, Schema: schemaOf(in.Value)})
		}
	}
	for _, out := range sub.Sinks {
		s.Writes = append(s.Writes, Write{
			Topic: out.Topic(), Stream: out.Name, Inner: out.Reader != nil, Managed: out.Managed, By: shardedBy(sub, out),
		})
	}
	for _, op := range sub.Operators {
		one := Operator{Name: op.Name, Type: op.Type, Settings: op.Settings}
		for _, from := range op.From {
			one.From = append(one.From, from.Name)
		}
		for _, port := range op.To {
			if port.Stream == nil {
				one.To = append(one.To, port.Word)
				continue
			}
			one.To = append(one.To, port.Stream.Name)
			s.edge(port.Stream)
		}
		s.Operators = append(s.Operators, one)
	}
	slices.SortFunc(s.Reads, func(a, b Read) int { return cmp.Compare(a.Topic, b.Topic) })
	slices.SortFunc(s.Writes, func(a, b Write) int { return cmp.Compare(a.Topic, b.Topic) })
	slices.SortFunc(s.Operators, func(a, b Operator) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Edges, func(a, b Edge) int { return cmp.Compare(a.Stream, b.Stream) })
	return s
}

// Group is the consumer group.
func (s *Sub) Group() string { return s.Pipeline + "." + s.Name }

// Print is a short hash of the whole description, in hex: equal where nothing differs.
func (s *Sub) Print() string {
	sum := s.sum()
	return hex.EncodeToString(sum[:])
}

func (s *Sub) sum() (short [printBytes]byte) {
	text, err := json.Marshal(s)
	if err != nil { // texts, lists and booleans only
		panic(err)
	}
	sum := sha256.Sum256(text)
	copy(short[:], sum[:])
	return short
}

func (s *Sub) edge(stream *topology.Stream) {
	e := Edge{Stream: stream.Name, Value: stream.Value.Name, Key: stream.Key.Name}
	if schema := schemaOf(stream.Value); schema != "" {
		e.Value += " " + schema
	}
	if stream.KeyEquals != "" {
		e.Key += " = " + stream.KeyEquals
	}
	s.Edges = append(s.Edges, e)
}

// schemaOf names what values are read with: the schema, the first digits of its hash, and the framing.
func schemaOf(f topology.Format) string {
	if f.Schema == nil {
		return ""
	}
	return strings.Join([]string{f.Schema.Type.Name, f.Schema.Fingerprint()[:12], f.Framing.String()}, " ")
}

// shardedBy says which sharders a stream's events come through, and so by what their partition is chosen: for each way
// through the sub-topology the last sharder before the stream. Several ways make several.
func shardedBy(sub *topology.Sub, out *topology.Stream) string {
	var by []string
	seen := map[*topology.Operator]bool{}
	var up func(op *topology.Operator)
	up = func(op *topology.Operator) {
		if op == nil || seen[op] || !slices.Contains(sub.Operators, op) {
			return
		}
		seen[op] = true
		if op.Type == "sharder" {
			by = append(by, sharding(op))
			if !spreads(op) {
				return
			}
		}
		for _, from := range op.From {
			if len(from.Topics) == 0 {
				up(from.Writer)
			}
		}
	}
	up(out.Writer)
	slices.Sort(by)
	return strings.Join(slices.Compact(by), "; ")
}

// sharding is what a sharder is told.
func sharding(op *topology.Operator) string {
	var words []string
	for _, s := range op.Settings {
		words = append(words, s.Name+" "+s.Value)
	}
	return strings.Join(words, ", ")
}

// spreads tells whether a sharder chooses a stream and not a partition.
func spreads(op *topology.Operator) bool {
	return slices.ContainsFunc(op.Settings, func(s topology.Setting) bool { return s.Name == "over" })
}
