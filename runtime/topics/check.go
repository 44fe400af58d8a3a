package topics

import (
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

// check reports at once every topic that is missing or is not as the file declares it.
func check(p *topology.Pipeline, want []Topic, have Layout, created bool) error {
	var missing, foreign, wrong []string
	for _, t := range want {
		n, exists := have[t.Name]
		switch {
		case !exists && t.Managed:
			missing = append(missing, t.Name)
		case !exists:
			foreign = append(foreign, t.Name)
		case t.Partitions > 0 && n != t.Partitions:
			wrong = append(wrong, fmt.Sprintf("topic %s has %d partitions, stream %s declares %d", t.Name, n, t.Stream, t.Partitions))
		}
	}
	for _, sub := range p.Subs {
		for _, in := range sub.Inputs {
			wrong = append(wrong, uneven(in, have)...)
		}
	}
	var parts []string
	if len(missing) > 0 {
		part := "missing " + strings.Join(missing, ", ")
		if !created {
			part += " (--create-topics makes them)"
		}
		parts = append(parts, part)
	}
	if len(foreign) > 0 {
		parts = append(parts, "missing "+strings.Join(foreign, ", ")+" (another team's, `managed: false`: never created from here)")
	}
	parts = append(parts, wrong...)
	if len(parts) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrTopics, strings.Join(parts, "; "))
}

// uneven tells where the topics of one stream have different numbers of partitions.
func uneven(s *topology.Stream, have Layout) []string {
	for _, name := range s.Topics[1:] {
		if have[name] != 0 && have[s.Topics[0]] != 0 && have[name] != have[s.Topics[0]] {
			return []string{fmt.Sprintf("the topics of stream %s should have equally many partitions; %s has %d, %s has %d",
				s.Name, s.Topics[0], have[s.Topics[0]], name, have[name])}
		}
	}
	return nil
}
