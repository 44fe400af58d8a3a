package topics

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/topology"
)

// Planned is the layout that p's topics would have if all of them were made now: as the file declares it, and one partition
// wherever only a broker knows better.
func Planned(p *topology.Pipeline) Layout { return planned(p, Layout{}) }

// Look gives the layout of p's topics in the cluster, and for those that are missing the planned one. It asks for no rights but
// to describe topics.
func Look(ctx context.Context, cl *kgo.Client, p *topology.Pipeline) (Layout, error) {
	have, err := list(ctx, cl, Wanted(p))
	if err != nil {
		return nil, err
	}
	return planned(p, have), nil
}

// planned completes have, topics before those that take their width from them.
func planned(p *topology.Pipeline, have Layout) Layout {
	for _, t := range Wanted(p) {
		if have[t.Name] == 0 {
			have[t.Name] = max(1, Width(t, have))
		}
	}
	return have
}
