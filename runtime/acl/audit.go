package acl

import "github.com/anabranch-go/anabranch/topology"

// OfAudit gives the rights that `audit --count` needs, all of them: it may run as another user than the workers. Without
// --count, Describe in place of Read is enough, and DescribeConfigs is not needed.
func OfAudit(p *topology.Pipeline) []Rule {
	l := list{seen: map[Rule]bool{}}
	count := func(topic string) {
		l.add(Rule{Topic, topic, false, Read, Audit, "its committed records are counted"})
		l.add(Rule{Topic, topic, false, DescribeConfigs, Audit, "records of a topic that is compacted are not counted"})
	}
	for _, sub := range p.Subs {
		for _, in := range sub.Inputs {
			for _, topic := range in.Topics {
				count(topic)
			}
		}
		for _, sink := range sub.Sinks {
			count(sink.Topic())
		}
	}
	if p.OnError.DeadLetter != "" {
		count(p.OnError.DeadLetter)
	}
	l.add(Rule{Topic, p.Name + "-replay", false, Describe, Audit, "it says whether dead letters have been replayed"})
	for _, sub := range p.Subs {
		l.add(Rule{Group, p.Group(sub), false, Describe, Audit, "the counts stand beside its positions"})
	}
	return l.rules
}
