package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// State is what a cluster has of a pipeline.
type State struct {
	Brokers int
	Topics  map[string]Topic // those that exist of all that the pipeline names or has named
	Groups  map[string]Group // of the pipeline, those that it names no more included
	Known   map[string]*fingerprint.Sub
	Lacking []acl.Rule // rights on topics and groups that the cluster does not give
	Remarks []string   // what could not be looked at, and why
}

// Topic is a topic of a cluster.
type Topic struct {
	Partitions int32
	Replicas   int
	Empty      bool              // no record stands in it
	Config     map[string]string // nil where it may not be looked at
}

// Group is a consumer group of a cluster.
type Group struct {
	Members   int
	Positions []Position // by topic and partition
}

// Position is how far a group has committed one partition.
type Position struct {
	Topic     string
	Partition int32
	Left      int64 // offsets up to the end of the partition
	Mark      string
}

// marks are those beside the positions of g, each once, sorted; an empty one among them where some have none.
func (g Group) marks() []string {
	var all []string
	for _, p := range g.Positions {
		all = append(all, p.Mark)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// left is how many offsets of a topic are not read by groups that have read some of it.
func (s *State) left(topic string) int64 {
	var n int64
	for _, g := range s.Groups {
		for _, p := range g.Positions {
			if p.Topic == topic {
				n += p.Left
			}
		}
	}
	return n
}

// members are the groups that have members.
func (s *State) members() []string {
	var names []string
	for name, g := range s.Groups {
		if g.Members > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// digest is a hash of all that a plan depends on, and of nothing that changes while the pipeline only runs: positions and
// members come and go.
func (s *State) digest() string {
	type group struct{ Marks, Topics []string }
	stable := struct {
		Topics  map[string]Topic
		Groups  map[string]group
		Known   []string
		Lacking []acl.Rule
	}{s.Topics, map[string]group{}, slices.Sorted(maps.Keys(s.Known)), s.Lacking}
	for name, g := range s.Groups {
		var topics []string
		for _, p := range g.Positions {
			topics = append(topics, p.Topic)
		}
		slices.Sort(topics)
		stable.Groups[name] = group{g.marks(), topics}
	}
	text, err := json.Marshal(stable)
	if err != nil { // texts and numbers only
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
