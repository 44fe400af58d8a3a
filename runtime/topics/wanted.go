package topics

import (
	"github.com/anabranch-go/anabranch/topology"
)

// topic is one topic of a pipeline file.
type topic struct {
	name       string
	stream     string   // empty for the dead letters'
	partitions int32    // as declared; 0 where the file does not say
	like       []string // where the file does not say: as many as the widest of these; none: the broker's default
	managed    bool
	config     map[string]string
}

// wanted are the topics of p: external inputs first, then outputs in an order in which every topic stands behind those
// it takes its width from, and the dead letters' last.
func wanted(p *topology.Pipeline) []topic {
	var all []topic
	seen := map[string]bool{}
	add := func(name string, s *topology.Stream, like []string) {
		if seen[name] {
			return
		}
		seen[name] = true
		all = append(all, topic{name: name, stream: s.Name, partitions: s.Partitions, like: like, managed: s.Managed, config: s.Config})
	}
	for _, sub := range p.Subs {
		for _, in := range sub.Inputs {
			for _, name := range in.Topics {
				if in.Writer == nil {
					add(name, in, nil)
				}
			}
		}
	}
	for _, sub := range p.Subs {
		for _, out := range sub.Sinks {
			add(out.Topic(), out, inputs(sub))
		}
	}
	if name := p.OnError.DeadLetter; name != "" && !seen[name] {
		var like []string
		for _, sub := range p.Subs {
			like = append(like, inputs(sub)...)
		}
		all = append(all, topic{name: name, like: like, managed: true})
	}
	return all
}

func inputs(sub *topology.Sub) []string {
	var names []string
	for _, in := range sub.Inputs {
		names = append(names, in.Topics...)
	}
	return names
}
