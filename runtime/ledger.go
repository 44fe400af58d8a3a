package runtime

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/topology"
)

// ledger is the balance of one sub-topology as this worker has committed it since it began; what all workers have
// ever committed stands in the accounts. The loop writes it at each commit; anyone may read it.
type ledger struct {
	sub   *topology.Sub
	group string
	took  prometheus.Histogram // seconds of each commit

	mu      sync.Mutex
	records uint64
	bytes   uint64
	commits uint64
	aborts  map[string]uint64 // by reason
	counts  []stage.Counts    // by operator

	skews    []*sharder.Skew // by operator; nil where it is no sharder
	gathered time.Time       // when the skews were
}

// Why a transaction was given up, as the values of a metric's label.
const (
	reasonRefused     = "refused"     // the broker refused a record of it
	reasonUncommitted = "uncommitted" // tasks moved, or the broker gave it up
	reasonError       = "error"       // the transport ended
)

func newLedger(pipeline, group string, sub *topology.Sub) *ledger {
	l := &ledger{
		sub: sub, group: group, aborts: map[string]uint64{}, gathered: time.Now(),
		counts: newCounts(sub.Program), skews: make([]*sharder.Skew, len(sub.Operators)),
	}
	l.took = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "anabranch_commit_duration_seconds", Help: "Time to end a transaction that was committed.",
		ConstLabels:                 prometheus.Labels{"pipeline": pipeline, "sub": sub.Name},
		Buckets:                     []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		NativeHistogramBucketFactor: 1.1,
	})
	return l
}

// commit adds what the tasks have counted since the last commit or abort.
func (l *ledger) commit(tasks map[int32]*task, took time.Duration) {
	l.took.Observe(took.Seconds())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commits++
	for _, t := range tasks {
		l.records += t.records
		l.bytes += t.bytes
		for i := range t.counts {
			add(&l.counts[i], &t.counts[i], 1)
		}
	}
}

// committed is how many transactions were committed.
func (l *ledger) committed() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.commits
}

// written is how many records went to each sink, by stream.
func (l *ledger) written() map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	records := map[string]uint64{}
	for n := range l.counts {
		for port, edge := range l.sub.Program.Nodes[n].Ports {
			if edge.Kind == stage.ToSink {
				records[l.sub.Sinks[edge.To].Name] += l.counts[n].Emitted[port]
			}
		}
	}
	return records
}

// aborted counts a transaction that was given up.
func (l *ledger) aborted(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aborts[reason]++
}

// share gives the committed records and the dead letters among what became of them.
func (l *ledger) share() (records, letters uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.counts {
		letters += l.counts[i].Dead
	}
	return l.records, letters
}

// report gives the balance so far.
func (l *ledger) report() SubReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := SubReport{Name: l.sub.Name, Group: l.group, Records: l.records, Bytes: l.bytes, Commits: l.commits, AbortReasons: map[string]uint64{}}
	for reason, n := range l.aborts {
		r.Aborts += n
		r.AbortReasons[reason] = n
	}
	for i, op := range l.sub.Operators {
		c := &l.counts[i]
		r.DeadLetters += c.Dead
		o := OperatorReport{Name: op.Name, Type: op.Type, In: c.In, Passed: c.Passed, Dropped: c.Dropped, Dead: c.Dead}
		for p, n := range c.Emitted {
			o.Ports = append(o.Ports, portReport(op, p, n))
		}
		r.Operators = append(r.Operators, o)
	}
	r.Skews = l.skewReports()
	return r
}

func portReport(op *topology.Operator, port int, n uint64) PortReport {
	p := PortReport{Emitted: n}
	if port < len(op.To) {
		p.Label, p.Stream = op.To[port].Label, op.To[port].Word
		if s := op.To[port].Stream; s != nil {
			p.Stream = s.Name
		}
	}
	return p
}
