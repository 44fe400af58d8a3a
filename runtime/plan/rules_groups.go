package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// newGroups: a sub-topology that has never run begins at the start of its inputs, and so does again what another group of
// the pipeline has done under another name.
func newGroups(d *planner) []Change {
	var found []Change
	for _, sub := range d.subs {
		if len(d.state.Groups[sub.Group()].Positions) > 0 {
			continue
		}
		c := Change{Action: Create, Kind: GroupKind, Name: sub.Group(), Class: fingerprint.Rolling, Why: "workers join it when they start"}
		for _, stale := range d.stale() {
			for _, p := range d.state.Groups[stale].Positions {
				if p.Mark != "" && slices.ContainsFunc(sub.Reads, func(r fingerprint.Read) bool { return r.Topic == p.Topic }) {
					c.Class = fingerprint.Rebuild
					c.Why = fmt.Sprintf("it begins at the start of topic %s, which group %s has read: all of that is written again", p.Topic, stale)
				}
			}
		}
		found = append(found, c, Change{Action: Create, Kind: IDsKind, Name: sub.Group() + ".*", Why: "one for each worker, named after its instance"})
	}
	return found
}

// unusedGroups: no sub-topology of the file uses them any more.
func unusedGroups(d *planner) []Change {
	var found []Change
	for _, name := range d.stale() {
		c := Change{Kind: GroupKind, Name: name, Why: "no sub-topology of the file uses it"}
		for _, topic := range slices.Sorted(maps.Keys(topicsOf(d.state.Groups[name]))) {
			if !d.readsTopic(topic) {
				c.Why += fmt.Sprintf("; what it has not read of topic %s is read by nobody", topic)
			}
		}
		found = append(found, d.unused(c), Change{Action: Keep, Kind: IDsKind, Name: name + ".*", Why: "no longer used; Kafka forgets them by itself"})
	}
	return found
}

// stale are the groups of the pipeline that the file does not use and that have run.
func (d *planner) stale() []string {
	var names []string
	for name, g := range d.state.Groups {
		used := slices.ContainsFunc(d.subs, func(s *fingerprint.Sub) bool { return s.Group() == name })
		marked := slices.ContainsFunc(g.Positions, func(p Position) bool { return p.Mark != "" })
		if !used && marked {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func topicsOf(g Group) map[string]bool {
	all := map[string]bool{}
	for _, p := range g.Positions {
		all[p.Topic] = true
	}
	return all
}

func (d *planner) readsTopic(topic string) bool {
	return slices.ContainsFunc(d.subs, func(s *fingerprint.Sub) bool {
		return slices.ContainsFunc(s.Reads, func(r fingerprint.Read) bool { return r.Topic == topic })
	})
}

// lackingRights: what the cluster does not let the workers do.
func lackingRights(d *planner) []Change {
	var found []Change
	for _, r := range d.state.Lacking {
		found = append(found, Change{Action: Need, Kind: RightKind, Name: r.String(), Why: r.Why + "; `anabranch acls` has all rights as commands"})
	}
	return found
}
