package acl

import (
	"fmt"

	"github.com/anabranch-go/anabranch/topology"
)

// Rule is one right on one resource of the cluster.
type Rule struct {
	Resource  Resource  `json:"resource"`
	Name      string    `json:"name"`
	Prefixed  bool      `json:"prefixed,omitempty"` // Name is the beginning of the names that are meant
	Operation Operation `json:"operation"`
	Need      Need      `json:"need"`
	Why       string    `json:"why"`
}

// Resource is a kind of thing that Kafka guards.
type Resource string

// The resources that a pipeline uses.
const (
	Topic           Resource = "topic"
	Group           Resource = "group"
	TransactionalID Resource = "transactional-id"
)

// Operation is what may be done with a resource, in the words of Kafka's tools.
type Operation string

// The operations that a pipeline uses.
const (
	Read            Operation = "Read"
	Write           Operation = "Write"
	Create          Operation = "Create"
	Describe        Operation = "Describe"
	DescribeConfigs Operation = "DescribeConfigs"
	Alter           Operation = "Alter"
	AlterConfigs    Operation = "AlterConfigs"
	Delete          Operation = "Delete"
)

// Need says when a right is needed.
type Need string

// A pipeline does not run without a right of Always. Without one of Useful it runs, and does without what the right is for.
const (
	Always       Need = "always"
	CreateTopics Need = "create-topics" // only with --create-topics, while topics are missing
	Useful       Need = "useful"
	Replay       Need = "dlq-replay" // only with dlq replay --apply
	Audit        Need = "audit"      // only with audit
)

// String names the right and the resource, as "Write on topic signups.audit".
func (r Rule) String() string {
	name := r.Name
	if r.Prefixed {
		name += "*"
	}
	return fmt.Sprintf("%s on %s %s", r.Operation, r.Resource, name)
}

// offsetsTopic is where Kafka keeps the positions of groups.
const offsetsTopic = "__consumer_offsets"

// Of gives the rights that the workers of p need, whichever sub-topologies each of them runs: first those of Always.
// No right is in it twice.
func Of(p *topology.Pipeline) []Rule {
	l := list{seen: map[Rule]bool{}}
	for _, sub := range p.Subs {
		for _, in := range sub.Inputs {
			for _, topic := range in.Topics {
				l.add(Rule{Topic, topic, false, Read, Always, "stream " + in.Name + " is read from it"})
			}
		}
		for _, sink := range sub.Sinks {
			l.add(Rule{Topic, sink.Topic(), false, Write, Always, "stream " + sink.Name + " is written to it"})
		}
	}
	if p.OnError.DeadLetter != "" {
		l.add(Rule{Topic, p.OnError.DeadLetter, false, Write, Always, "dead letters are written to it"})
	}
	if p.Decides() {
		l.add(Rule{Topic, p.Control(), false, Write, Always, "decisions of ordered mergers are written to it"})
	}
	for _, sub := range p.Subs {
		l.add(Rule{Group, p.Group(sub), false, Read, Always, "workers share the tasks of " + sub.Name + " in it"})
	}
	for _, sub := range p.Subs {
		l.add(Rule{TransactionalID, p.Group(sub) + ".", true, Write, Always, "one transaction for each worker, named after its instance"})
	}
	l.rest(p)
	return l.rules
}

// rest adds what is not needed always.
func (l *list) rest(p *topology.Pipeline) {
	l.useful(p)
	l.add(Rule{Topic, p.Control(), false, Write, Useful, "what runs is kept in it, so that a plan can show what changes"})
	l.add(Rule{Topic, p.Control(), false, Read, Useful, "plan reads it"})
	l.add(Rule{Topic, p.Control(), false, Create, CreateTopics, "it is made where it is missing"})
	for _, s := range p.Streams {
		for _, topic := range s.Topics {
			if s.Managed {
				l.add(Rule{Topic, topic, false, Create, CreateTopics, "it is made where it is missing"})
			}
		}
	}
	if topic := p.OnError.DeadLetter; topic != "" {
		l.add(Rule{Topic, topic, false, Create, CreateTopics, "it is made where it is missing"})
	}
}

func (l *list) useful(p *topology.Pipeline) {
	why := "max.message.bytes is kept to where it is smaller than usual"
	for _, sub := range p.Subs {
		for _, sink := range sub.Sinks {
			l.add(Rule{Topic, sink.Topic(), false, DescribeConfigs, Useful, why})
		}
	}
	if p.OnError.DeadLetter != "" {
		l.add(Rule{Topic, p.OnError.DeadLetter, false, DescribeConfigs, Useful, why})
	}
	l.add(Rule{Topic, offsetsTopic, false, Describe, Useful, "a dead worker's transaction that holds positions alone is ended at once, not by its timeout"})
}

// list is a list of rules without repetitions.
type list struct {
	rules []Rule
	seen  map[Rule]bool
}

func (l *list) add(r Rule) {
	same := r
	same.Why = ""
	if !l.seen[same] {
		l.seen[same] = true
		l.rules = append(l.rules, r)
	}
}
