package plan

import (
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// CommitsPerSecond is how many transactions a worker ends in a second for each sub-topology while records come.
const CommitsPerSecond = 10

// Cost is what a pipeline takes of its cluster, as far as a file and a cluster tell: an upper bound while records come
// everywhere.
type Cost struct {
	Topics     int `json:"topics"`
	Partitions int `json:"partitions"`
	Replicas   int `json:"replicas"` // of partitions, over all brokers
	// Markers a second, of one worker and of each further one: every transaction writes a marker to each partition
	// that it wrote to, and one to the group's positions.
	Markers     int `json:"markers_per_second"`
	MarkersMore int `json:"markers_per_second_and_worker"`
	// Connections of each worker.
	Connections int `json:"connections_per_worker"`
}

// Connections of a worker to each broker, as counted on one broker: those of a sub-topology's member and of its questions, and
// those of the process.
const (
	subConnections     = 7
	processConnections = 4
)

// cost adds it up. A partition of a sink that is as wide as the input is written by the worker that has its task; of
// a sharded one, all workers write all partitions. Dead letters are taken to be few.
func (d *planner) cost() Cost {
	var c Cost
	width := map[string]int{}
	for _, t := range d.topics {
		n, replicas := max(1, int(t.width)), d.defaultReplicas()
		if has, there := d.state.Topics[t.Name]; there {
			replicas = has.Replicas
		}
		width[t.Name] = n
		c.Topics++
		c.Partitions += n
		c.Replicas += n * replicas
	}
	for _, sub := range d.subs {
		own, shared := 0, 1
		for _, w := range sub.Writes {
			if spread(sub, w, width) {
				shared += width[w.Topic]
			} else {
				own += width[w.Topic]
			}
		}
		c.Markers += CommitsPerSecond * (own + shared)
		c.MarkersMore += CommitsPerSecond * shared
	}
	c.Connections = max(1, d.state.Brokers) * (processConnections + subConnections*len(d.subs))
	return c
}

// spread tells whether a worker may write to all partitions of a sink, whichever tasks it has.
func spread(sub *fingerprint.Sub, w fingerprint.Write, width map[string]int) bool {
	for _, r := range sub.Reads {
		if width[r.Topic] != width[w.Topic] {
			return true
		}
	}
	return w.By != ""
}

// defaultReplicas is what a new topic is taken to get: as many replicas as the topic that has most of them, 1 without any.
func (d *planner) defaultReplicas() int {
	replicas := 1
	for _, t := range d.state.Topics {
		replicas = max(replicas, t.Replicas)
	}
	return replicas
}
