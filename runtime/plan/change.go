package plan

import (
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// Action says who does what about a Change.
type Action string

// The actions.
const (
	Create Action = "create" // apply makes it
	Update Action = "change" // apply alters it, or the workers do by running the file
	Delete Action = "delete" // apply deletes it, with --allow-delete
	Keep   Action = "keep"   // no longer used; apply leaves it alone without --allow-delete
	Need   Action = "need"   // somebody else has to do it; apply goes on without where it can
	Block  Action = "block"  // apply cannot do it, and does nothing before it is done
)

// Kind is what a Change is about.
type Kind string

// The kinds of changes.
const (
	TopicKind      Kind = "topic"
	PartitionsKind Kind = "partitions"
	ConfigKind     Kind = "config"
	GroupKind      Kind = "group"
	IDsKind        Kind = "transactional ids"
	RightKind      Kind = "right"
	FlowKind       Kind = "flow"     // what a sub-topology reads and writes
	OperatorKind   Kind = "operator" // what it does in between
	ContractKind   Kind = "contract" // type and key of a stream
	LettersKind    Kind = "dead letters"
	RevisionKind   Kind = "revision" // of which only the hash is known
)

// does tells whether an action leaves something to be done by whoever runs apply or the workers.
func (a Action) does() bool { return a != Keep && a != Need }

// Change is one difference between a file and a cluster.
type Change struct {
	Action Action            `json:"action"`
	Kind   Kind              `json:"kind"`
	Name   string            `json:"name"`
	From   string            `json:"from,omitempty"`
	To     string            `json:"to,omitempty"`
	Class  fingerprint.Class `json:"class"`
	Why    string            `json:"why,omitempty"`   // why it is of its class, or what is to be done about it
	Drain  string            `json:"drain,omitempty"` // the topic that has to be read to its end first

	topic *wantedTopic // of topics, partitions and configs
}
