package plan

import (
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// revisions: what the groups have run is compared with what the file says now.
func revisions(d *planner) []Change {
	var found []Change
	for _, sub := range d.subs {
		g := d.state.Groups[sub.Group()]
		marks := g.marks()
		running := d.runs(sub)
		for _, mark := range marks {
			changes := d.since(sub, mark)
			if running && worst(changes) <= fingerprint.Rolling {
				if len(changes) > 0 {
					d.behind(sub, g)
				}
				continue
			}
			found = append(found, changes...)
		}
	}
	return found
}

// runs tells whether workers have moved positions of sub as the file says.
func (d *planner) runs(sub *fingerprint.Sub) bool {
	return slices.Contains(d.state.Groups[sub.Group()].marks(), sub.Mark().String())
}

func worst(changes []Change) (class fingerprint.Class) {
	for _, c := range changes {
		class = max(class, c.Class)
	}
	return class
}

// behind says that this revision runs, and has not yet moved every partition.
func (d *planner) behind(sub *fingerprint.Sub, g Group) {
	n := 0
	for _, p := range g.Positions {
		if p.Mark != sub.Mark().String() {
			n++
		}
	}
	text := fmt.Sprintf("group %s runs this revision; %d of %d partitions have had no record since an earlier one", sub.Group(), n, len(g.Positions))
	if !slices.Contains(d.remarks, text) {
		d.remarks = append(d.remarks, text)
	}
}

// since is what has changed in a sub-topology since the revision with a mark.
func (d *planner) since(sub *fingerprint.Sub, mark string) []Change {
	if mark == sub.Mark().String() {
		return nil
	}
	if mark == "" {
		d.remarks = append(d.remarks, fmt.Sprintf("group %s has positions of which it is not known what ran; nothing is compared with them", sub.Group()))
		return nil
	}
	from, err := fingerprint.ParseMark(mark)
	if err != nil {
		return []Change{{Action: Update, Kind: RevisionKind, Name: sub.Group(), Class: fingerprint.Drain, Why: err.Error()}}
	}
	before := d.state.Known[from.Print()]
	found := d.flows(sub, before, from)
	if before == nil {
		return append(found, Change{
			Action: Update, Kind: RevisionKind, Name: sub.Group(), From: from.Print(), To: sub.Print(), Class: fingerprint.Rolling,
			Why: "operators or expressions differ; what they were is not kept in " + d.pipeline.Control(),
		})
	}
	return append(found, operatorsOf(fingerprint.Differences(before, sub, d.subs, d.ran()))...)
}

// ran are the sub-topologies that have moved positions last, as far as they are known.
func (d *planner) ran() []*fingerprint.Sub {
	var all []*fingerprint.Sub
	for _, g := range d.state.Groups {
		for _, mark := range g.marks() {
			if from, err := fingerprint.ParseMark(mark); err == nil && d.state.Known[from.Print()] != nil {
				all = append(all, d.state.Known[from.Print()])
			}
		}
	}
	return all
}

func operatorsOf(differences []fingerprint.Difference) []Change {
	var found []Change
	for _, diff := range differences {
		found = append(found, Change{Action: actionOf(diff), Kind: Kind(diff.What), Name: diff.Name, From: diff.From, To: diff.To, Class: fingerprint.Rolling, Why: whyOf(diff)})
	}
	return found
}

// gone: what groups have run that no sub-topology uses any more, in as much as others do it now. Once those run what the
// file says, the groups that were left say nothing new.
func gone(d *planner) []Change {
	if !slices.ContainsFunc(d.subs, func(s *fingerprint.Sub) bool { return !d.runs(s) }) {
		return nil
	}
	var found []Change
	for _, group := range d.stale() {
		for _, mark := range d.state.Groups[group].marks() {
			from, err := fingerprint.ParseMark(mark)
			if err != nil {
				continue
			}
			found = append(found, changesOf(group, fingerprint.Gone(from, d.subs))...)
			if before := d.state.Known[from.Print()]; before != nil {
				nothing := &fingerprint.Sub{DeadLetters: before.DeadLetters}
				found = append(found, operatorsOf(fingerprint.Differences(before, nothing, d.subs, nil))...)
			}
		}
	}
	return found
}

// flows are the changes of what is read and written. Where the earlier revision is not known, groups that have read a topic
// lend its name.
func (d *planner) flows(sub, before *fingerprint.Sub, from fingerprint.Mark) []Change {
	readers := &fingerprint.Sub{}
	for _, g := range d.state.Groups {
		for topic := range topicsOf(g) {
			readers.Reads = append(readers.Reads, fingerprint.Read{Topic: topic})
		}
	}
	if before != nil {
		return changesOf(sub.Group(), fingerprint.Compare(before, sub, d.subs))
	}
	return changesOf(sub.Group(), fingerprint.Judge(from, sub.Mark(), d.subs, readers))
}

func changesOf(group string, findings []fingerprint.Finding) []Change {
	var found []Change
	for _, f := range findings {
		c := Change{Action: Update, Kind: FlowKind, Name: group, Class: f.Class, Why: f.String()}
		if f.Class == fingerprint.Drain {
			c.Drain = f.Topic
		}
		found = append(found, c)
	}
	return found
}

func actionOf(d fingerprint.Difference) Action {
	switch {
	case d.What != string(OperatorKind) || d.From != "" && d.To != "":
		return Update
	case d.From == "":
		return Create
	}
	return Delete
}

// whyOf is what else a difference means.
func whyOf(d fingerprint.Difference) string {
	switch {
	case d.What == string(OperatorKind) && d.To == "":
		return "its dead letters cannot be replayed by this file; the balance is counted afresh"
	case d.What == string(LettersKind):
		return "`dlq` reads the new topic only"
	}
	return ""
}
