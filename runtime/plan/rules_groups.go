package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// newGroups: a sub-topology that has never run begins at the start of its inputs, and so does again what another group has
// done under another name: one of the pipeline, or one of a pipeline that is gone.
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
		if topic, out := d.again(sub); out != "" && c.Class < fingerprint.Rebuild {
			c.Class = fingerprint.Rebuild
			c.Why = fmt.Sprintf("a new group begins at the start of topic %s although topic %s, which it writes, already holds records: if those are of this pipeline under another name, or of a group that was deleted, they are written again", topic, out)
		}
		found = append(found, c, Change{Action: Create, Kind: IDsKind, Name: sub.Group() + ".*", Why: "one for each worker, named after its instance"})
	}
	return found
}

// again gives a topic with records that a new group reads from its start, and one with records that it writes: neither where
// what stands there came from the groups of this pipeline. A group that reads only what they write is new since a stream was
// cut, and a topic that they have written holds what they wrote.
func (d *planner) again(sub *fingerprint.Sub) (read, written string) {
	for _, r := range sub.Reads {
		if t := d.state.Topics[r.Topic]; t.Partitions > 0 && !t.Empty && !d.beginsAtEnd(r.Topic) && !(d.inside(r.Topic) && d.hasRun()) {
			read = r.Topic
			break
		}
	}
	if read == "" {
		return "", ""
	}
	for _, w := range sub.Writes {
		if t := d.state.Topics[w.Topic]; t.Partitions > 0 && !t.Empty && !d.hasWritten(w.Topic) {
			return read, w.Topic
		}
	}
	return "", ""
}

// beginsAtEnd tells whether the file lets a topic be read from its end on.
func (d *planner) beginsAtEnd(topic string) bool {
	return slices.ContainsFunc(d.pipeline.Streams, func(s *topology.Stream) bool { return slices.Contains(s.Topics, topic) && s.Start.Latest })
}

// inside tells whether the pipeline itself writes a topic.
func (d *planner) inside(topic string) bool {
	return slices.ContainsFunc(d.topics, func(t *wantedTopic) bool { return t.Name == topic && t.written() })
}

// hasRun tells whether any group of the pipeline has positions.
func (d *planner) hasRun() bool {
	for _, g := range d.state.Groups {
		if len(g.Positions) > 0 {
			return true
		}
	}
	return false
}

// hasWritten tells whether groups of the pipeline have written a topic, as the marks beside their positions say.
func (d *planner) hasWritten(topic string) bool {
	for _, g := range d.state.Groups {
		for _, mark := range g.marks() {
			if from, err := fingerprint.ParseMark(mark); err == nil && from.Writes(topic) {
				return true
			}
		}
	}
	return false
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
