package testdriver

import (
	"math/rand/v2"
	"slices"

	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// record is one record of a topic. Its Meta.Origin says where it stands.
type record struct {
	stage.Meta
	value []byte
	given int // the number of the given event that it descends from
}

// cluster is topics in memory: by name, the records of each partition.
type cluster map[string][][]*record

func newCluster(layout topics.Layout) cluster {
	c := cluster{}
	for name, n := range layout {
		c[name] = make([][]*record, n)
	}
	return c
}

func (c cluster) append(topic string, partition int32, r *record) {
	log := c[topic][partition]
	r.Origin = stage.Origin{Topic: topic, Partition: partition, Offset: int64(len(log))}
	c[topic][partition] = append(log, r)
}

// all are the records of topics, partition by partition.
func (c cluster) all(topics ...string) []*record {
	var all []*record
	for _, topic := range topics {
		for _, log := range c[topic] {
			all = append(all, log...)
		}
	}
	return all
}

// source is one partition of one topic of an input, and how far it was read.
type source struct {
	input           int
	topic           string
	partition       int32
	read, committed int
	note, noted     string
	changed         bool
	holding
}

// memory is the transport of one sub-topology over a cluster. What it polls next is chance's choice; commits never fail.
type memory struct {
	cluster  cluster
	chance   *rand.Rand
	sources  []*source
	sinks    []string // topics; behind those of the program may be that of the dead letters, and that of decisions
	upstream []*memory
	open     []written
	rewound  uint64
}

// written is a record of the open transaction.
type written struct {
	topic     string
	partition int32
	record    *record
}

func newMemory(c cluster, p *topology.Pipeline, sub *topology.Sub, chance *rand.Rand) *memory {
	m := &memory{cluster: c, chance: chance}
	for i, in := range sub.Inputs {
		for _, topic := range in.Topics {
			for partition := range c[topic] {
				m.sources = append(m.sources, &source{input: i, topic: topic, partition: int32(partition)})
			}
		}
	}
	for _, sink := range sub.Sinks {
		m.sinks = append(m.sinks, sink.Topic())
	}
	if p.OnError.DeadLetter != "" {
		m.sinks = append(m.sinks, p.OnError.DeadLetter)
	}
	if p.Decides() {
		m.sinks = append(m.sinks, p.Control())
	}
	return m
}

// unread are the sources with records that were not polled yet, but for those that are paused.
func (m *memory) unread() []*source {
	return slices.DeleteFunc(slices.Clone(m.sources), func(s *source) bool { return s.paused || s.read == len(m.cluster[s.topic][s.partition]) })
}
