package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// missingTopics: what is not there is made, unless it is another team's.
func missingTopics(d *planner) []Change {
	var found []Change
	for _, t := range d.topics {
		if _, there := d.state.Topics[t.Name]; there {
			continue
		}
		c := Change{Action: Create, Kind: TopicKind, Name: t.Name, To: widthText(t.width), topic: t}
		switch {
		case !t.Managed:
			c.Action, c.Why = Block, "it is another team's (`managed: false`), and never created from here"
		case t.Name == d.pipeline.Control():
			c.Why = "keeps what runs in full, for the next plan"
		}
		found = append(found, c)
	}
	return found
}

func widthText(n int32) string {
	switch {
	case n < 1:
		return "as many partitions as the broker gives by default"
	case n == 1:
		return "1 partition"
	}
	return fmt.Sprintf("%d partitions", n)
}

// partitionCounts: Kafka adds partitions, and takes none away. Equal keys go to other partitions from then on.
func partitionCounts(d *planner) []Change {
	var found []Change
	for _, t := range d.topics {
		has, there := d.state.Topics[t.Name]
		if !there || t.Partitions == 0 || has.Partitions == t.Partitions {
			continue
		}
		c := Change{Action: Update, Kind: PartitionsKind, Name: t.Name, From: fmt.Sprint(has.Partitions), To: fmt.Sprint(t.Partitions), topic: t}
		switch {
		case has.Partitions > t.Partitions:
			c.Action, c.Class, c.Why = Block, fingerprint.Rebuild, "Kafka takes no partitions away; name a new topic, or delete this one by hand"
		case !t.Managed:
			c.Action, c.Why = Block, "it is another team's (`managed: false`), and never altered from here; say how many partitions it has"
		default:
			c.Class, c.Drain, c.Why = widened(t, has)
		}
		found = append(found, c)
	}
	return found
}

// widened is the class of more partitions. Workers learn the number when they start, so it is rolling at least.
func widened(t *wantedTopic, has Topic) (class fingerprint.Class, drain, why string) {
	switch {
	case has.Empty:
		return fingerprint.Rolling, "", "it is empty, so no key moves"
	case t.inner():
		return fingerprint.Drain, t.Name, "keys go to other partitions; it has to be read to its end first"
	case t.written():
		return fingerprint.Rebuild, "", "keys go to other partitions than what stands in it; whoever reads it does not see them in order"
	case t.stream != nil && t.stream.KeyEquals != "":
		return fingerprint.Drain, t.Name, "its writers send keys to other partitions; it has to be read to its end first"
	}
	return fingerprint.Rolling, "", "it says nothing of keys"
}

// configurations: what the file says of a topic's configuration, it keeps. What it does not name is left alone.
func configurations(d *planner) []Change {
	var found []Change
	for _, t := range d.topics {
		has, there := d.state.Topics[t.Name]
		if !there || !t.Managed || len(t.Config) == 0 {
			continue
		}
		if has.Config == nil {
			d.remarks = append(d.remarks, fmt.Sprintf("the configuration of topic %s may not be looked at", t.Name))
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(t.Config)) {
			if from, to := has.Config[key], t.Config[key]; from != to {
				found = append(found, Change{Action: Update, Kind: ConfigKind, Name: t.Name + " " + key, From: from, To: to, topic: t})
			}
		}
	}
	return found
}

// unusedTopics: what an earlier revision wrote for the pipeline's own use alone.
func unusedTopics(d *planner) []Change {
	named := map[string]bool{}
	for _, t := range d.topics {
		named[t.Name] = true
	}
	var found []Change
	for _, print := range slices.Sorted(maps.Keys(d.state.Known)) {
		for _, w := range d.state.Known[print].Writes {
			if _, there := d.state.Topics[w.Topic]; !there || named[w.Topic] || !w.Inner || !w.Managed {
				continue
			}
			found = append(found, d.unused(Change{Kind: TopicKind, Name: w.Topic, Why: "an earlier revision passed it between two sub-topologies"}))
		}
	}
	return found
}

// unused is a change about something that is no longer used.
func (d *planner) unused(c Change) Change {
	c.Action = Keep
	if d.allowDelete {
		c.Action = Delete
	}
	return c
}
