package runtime

import (
	"strconv"
	"time"

	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/topology"
)

// spreadEvery is how often the tasks' observations of skew are gathered.
const spreadEvery = time.Second

// observeSkew makes the task watch how its sharders spread their events.
func (t *task) observeSkew() {
	nodes := t.piece.sub.Program.Nodes
	t.skews = make([]*sharder.Skew, len(nodes))
	any := false
	for i := range nodes {
		if nodes[i].Shard != nil {
			t.skews[i], any = new(sharder.Skew), true
		}
	}
	if any {
		t.runner.OnShard = func(node int32, key []byte, shard int32) { t.skews[node].Observe(key, shard) }
	}
}

// spread gathers what the tasks have observed of skew. Unlike the balance it holds events of transactions that
// were not committed, too: it is an estimate of a property of the keys.
func (l *ledger) spread(tasks map[int32]*task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gathered = time.Now()
	for _, t := range tasks {
		for node, s := range t.skews {
			if s == nil {
				continue
			}
			if l.skews[node] == nil {
				l.skews[node] = new(sharder.Skew)
			}
			l.skews[node].Merge(s)
			s.Reset()
		}
	}
}

// skewReports says how evenly each sharder has spread its events; the caller holds the lock.
func (l *ledger) skewReports() []SkewReport {
	var all []SkewReport
	for node, s := range l.skews {
		if s == nil {
			continue
		}
		r := s.Report()
		if r.Events == 0 {
			continue
		}
		op := l.sub.Operators[node]
		all = append(all, SkewReport{
			Operator: op.Name, Shards: r.Shards, Largest: shardName(op, l.sub.Program.Nodes[node].Shard.Port != nil, r.Shard),
			LargestShare: r.ShardShare, HottestKey: string(r.Key[:min(len(r.Key), keyBytesMax)]), HottestShare: r.KeyShareMin,
		})
	}
	return all
}

// shardName names a shard: the stream of a port, or a partition.
func shardName(op *topology.Operator, ports bool, shard int32) string {
	if ports && int(shard) < len(op.To) && op.To[shard].Stream != nil {
		return op.To[shard].Stream.Name
	}
	return "partition " + strconv.Itoa(int(shard))
}

// keyBytesMax is how much of a key a report shows.
const keyBytesMax = 40
