package topology

import (
	"fmt"
	"strings"
)

// Contract is what is proved of the events of a stream, beside their type (Stream.Value). What is proved from a claim about a
// topic that comes from outside is marked as unverified; `anabranch verify` holds such claims to the records themselves.
type Contract struct {
	Key          KeyClaim     `json:"key,omitzero"`
	Order        []Order      `json:"order"` // in no order at all where empty
	Partitioning Partitioning `json:"partitioning,omitzero"`
	Lost         []Loss       `json:"lost,omitempty"` // the facts that were true upstream, and who lost them
}

// KeyClaim is what the record's key equals.
type KeyClaim struct {
	Equals     string `json:"equals"` // an expression; empty where nothing is known
	Unverified bool   `json:"unverified,omitempty"`
}

// Fact is a kind of Order.
type Fact string

// The order of a stream is a set of facts. Each speaks of events that come from one and the same topic outside: how the
// events of two such topics lie to each other is known only by time.
const (
	// ByPartition: all events of one source partition are in one partition of the stream, in the order of the source.
	ByPartition Fact = "partition"
	// ByKey: all events for which an expression has one value are in one partition, in the order of the source.
	ByKey Fact = "key"
	// ByTime: each partition is sorted by the time of its records, or by what else an ordered merger orders them by.
	ByTime Fact = "time"
)

// Order is one fact about the order of a stream.
type Order struct {
	Fact       Fact     `json:"fact"`
	By         []string `json:"by,omitempty"` // ByKey: the expression, or the elements of a tuple; ByTime: the expression, none for the time
	Unverified bool     `json:"unverified,omitempty"`
}

// String is partition, key(EXPRESSION), time or time(EXPRESSION).
func (o Order) String() string {
	if len(o.By) == 0 {
		return string(o.Fact)
	}
	return string(o.Fact) + "(" + strings.Join(o.By, ", ") + ")"
}

// Partitioning says which partition an event is in.
type Partitioning struct {
	By         string `json:"by,omitempty"`         // the expression that is hashed; empty where it is unknown
	Hash       string `json:"hash,omitempty"`       // murmur2 or rendezvous, where By is known
	Partitions int32  `json:"partitions,omitempty"` // as declared, or as it would be made; 0 where that is unknown
	Unverified bool   `json:"unverified,omitempty"`
}

// String is EXPRESSION by HASH over N, as far as it is known.
func (p Partitioning) String() string {
	text := "unknown"
	if p.By != "" {
		text = p.By + " by " + p.Hash
	}
	if p.Partitions > 0 {
		text += fmt.Sprintf(" over %d", p.Partitions)
	}
	return text
}

// Loss is a fact that was true upstream and is no more.
type Loss struct {
	Fact     string `json:"fact"` // as Order.String says it
	Operator string `json:"operator"`
}

// TypeName is the name of the record, without its namespace, or the format where there is no schema.
func (f Format) TypeName() string {
	if f.Schema == nil || f.Schema.Type == nil {
		return f.Name
	}
	name := f.Schema.Type.Name
	if name == "" {
		return string(f.Schema.Type.Kind)
	}
	return name[strings.LastIndexByte(name, '.')+1:]
}
