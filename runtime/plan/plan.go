package plan

import (
	"slices"

	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// Plan is what has to be done so that a cluster has what a file says.
type Plan struct {
	Format      int               `json:"anabranch_plan"` // of a saved plan
	Pipeline    string            `json:"pipeline"`
	File        string            `json:"file"`
	Revision    string            `json:"revision"` // of the file and its schemas
	Class       fingerprint.Class `json:"class"`
	Changes     []Change          `json:"changes"`
	Remarks     []string          `json:"remarks"`
	Cost        Cost              `json:"cost"`
	AllowDelete bool              `json:"allow_delete,omitempty"`
	State       string            `json:"state"` // hash of what the cluster had
}

// format is the version of a saved plan.
const format = 1

// rules are all rules: each finds the changes of one kind.
var rules = []func(*planner) []Change{
	missingTopics, partitionCounts, configurations, newGroups, revisions, gone, unusedGroups, unusedTopics, lackingRights,
}

// Of compares p with what a cluster has. AllowDelete plans to delete what p names no more.
func Of(p *topology.Pipeline, s *State, allowDelete bool) *Plan {
	d := &planner{pipeline: p, state: s, allowDelete: allowDelete, subs: fileOf(p)}
	d.widths()
	made := &Plan{
		Format: format, Pipeline: p.Name, File: p.File, Revision: p.Revision, Changes: []Change{}, AllowDelete: allowDelete,
		Remarks: append([]string{}, s.Remarks...), Cost: d.cost(), State: s.digest(),
	}
	for _, rule := range rules {
		for _, c := range rule(d) {
			if !slices.ContainsFunc(made.Changes, c.same) {
				made.Changes = append(made.Changes, c)
				made.Class = max(made.Class, c.Class)
			}
		}
	}
	made.Remarks = append(made.Remarks, d.remarks...)
	return made
}

// Empty tells whether the cluster has all that the file says, and its groups have run it.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Action.does() })
}

// same tells whether c and other say the same.
func (c Change) same(other Change) bool {
	c.topic, other.topic = nil, nil
	return c == other
}

// planner holds what the rules look at.
type planner struct {
	pipeline    *topology.Pipeline
	state       *State
	allowDelete bool
	subs        []*fingerprint.Sub
	topics      []*wantedTopic
	remarks     []string
}

// wantedTopic is a topic of the file with what follows from where it stands in it.
type wantedTopic struct {
	topics.Topic
	stream *topology.Stream // nil for dead letters and the control topic
	width  int32            // what it has or will have; below 1: the broker's default
}

// written tells whether the pipeline writes the topic.
func (t *wantedTopic) written() bool { return t.stream != nil && t.stream.Writer != nil }

// inner tells whether it reads it, too.
func (t *wantedTopic) inner() bool { return t.written() && t.stream.Reader != nil }

// widths lists the topics, in an order in which every one stands behind those it takes its width from.
func (d *planner) widths() {
	layout := topics.Layout{}
	for name, t := range d.state.Topics {
		layout[name] = t.Partitions
	}
	for _, t := range topics.Wanted(d.pipeline) {
		one := &wantedTopic{Topic: t}
		for _, s := range d.pipeline.Streams {
			if slices.Contains(s.Topics, t.Name) {
				one.stream = s
			}
		}
		if t.Partitions > 0 || layout[t.Name] == 0 {
			if n := topics.Width(t, layout); n > 0 {
				layout[t.Name] = n
			}
		}
		one.width = layout[t.Name]
		d.topics = append(d.topics, one)
	}
	if d.pipeline.Decides() {
		return // the control topic is among those that it wants
	}
	control := topics.Topic{Name: d.pipeline.Control(), Partitions: 1, Managed: true, Config: map[string]string{"cleanup.policy": "compact"}}
	d.topics = append(d.topics, &wantedTopic{Topic: control, width: 1})
}
