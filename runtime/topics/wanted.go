package topics

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/topology"
)

// Topic is one topic of a pipeline file.
type Topic struct {
	Name       string
	Stream     string   // empty for the dead letters'
	Partitions int32    // as declared; 0 where the file does not say
	Like       []string // where the file does not say: as many as the widest of these; none: the broker's default
	Managed    bool     // false: another team's, never created or altered
	Config     map[string]string
}

// Wanted are the topics of p: external inputs first, then outputs in an order in which every topic stands behind those
// it takes its width from, then those of the dead letters and of decisions.
func Wanted(p *topology.Pipeline) []Topic {
	var all []Topic
	seen := map[string]bool{}
	add := func(name string, s *topology.Stream, like []string) {
		if seen[name] {
			return
		}
		seen[name] = true
		all = append(all, Topic{Name: name, Stream: s.Name, Partitions: s.Partitions, Like: like, Managed: s.Managed, Config: s.Config})
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
		all = append(all, Topic{Name: name, Like: like, Managed: true})
	}
	if p.Decides() {
		all = append(all, Topic{Name: p.Control(), Partitions: 1, Managed: true, Config: map[string]string{"cleanup.policy": "compact"}})
	}
	return all
}

// Declared is the layout that p's topics have where Ensure makes them all; a topic for which the broker would decide has otherwise
// partitions.
func Declared(p *topology.Pipeline, otherwise int32) Layout { return completed(p, Layout{}, otherwise) }

// Look gives the layout of p's topics in the cluster; those that are missing have the partitions that Declared gives them. It asks
// for no right but to describe topics.
func Look(ctx context.Context, cl *kgo.Client, p *topology.Pipeline, otherwise int32) (Layout, error) {
	have, err := list(ctx, cl, Wanted(p))
	if err != nil {
		return nil, err
	}
	return completed(p, have, otherwise), nil
}

// completed adds to have what is missing, topics before those that take their width from them.
func completed(p *topology.Pipeline, have Layout, otherwise int32) Layout {
	for _, t := range Wanted(p) {
		if have[t.Name] > 0 {
			continue
		}
		if have[t.Name] = Width(t, have); have[t.Name] < 1 {
			have[t.Name] = otherwise
		}
	}
	return have
}

func inputs(sub *topology.Sub) []string {
	var names []string
	for _, in := range sub.Inputs {
		names = append(names, in.Topics...)
	}
	return names
}
