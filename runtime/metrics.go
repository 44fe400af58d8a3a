package runtime

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// collector gives the worker's report as metrics when they are asked for, so that there is one count of everything.
type collector struct{ worker *Worker }

var (
	bySub      = []string{"pipeline", "sub"}
	byOperator = []string{"pipeline", "sub", "operator"}
)

func describe(name, help string, labels []string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc("anabranch_"+name, help, append(labels[:len(labels):len(labels)], more...), nil)
}

// What is measured. Everything but the aborts, skew and lag is counted when its transaction is committed.
var (
	descEvents  = describe("operator_events_total", "Events that entered the operator, by fate: passed, dropped or dead.", byOperator, "fate")
	descEmitted = describe("operator_emitted_total", "Events that left the operator, by port number and the stream it leads to.", byOperator, "port", "stream")
	descRecords = describe("input_records_total", "Records read.", bySub)
	descBytes   = describe("input_bytes_total", "Bytes of keys and values read; records that are passed on unseen are not counted.", bySub)
	descOutput  = describe("output_records_total", "Records written, by stream.", bySub, "stream")
	descDead    = describe("dead_letters_total", "Dead letters written.", bySub)
	descCommits = describe("commits_total", "Transactions committed.", bySub)
	descAborts  = describe("aborts_total", "Transactions given up, by reason: refused, uncommitted or error.", bySub, "reason")
	descLargest = describe("sharder_largest_shard_ratio", "Share of the sharder's events that its largest shard gets.", byOperator)
	descHottest = describe("sharder_hottest_key_ratio", "Share of the sharder's events that have its most frequent key, estimated from below.", byOperator)
	descLag     = describe("input_lag_records", "Offsets up to the last stable one that are not committed yet, of partitions read here.", bySub, "topic", "partition")
	descTasks   = describe("tasks", "Tasks that this worker has.", bySub)
	descUp      = describe("up", "1 where the sub-topology runs.", bySub)
	descStalled = describe("merger_stalled_seconds", "How long an input has held the others of an ordered merger back.", byOperator, "topic", "partition")
	descReady   = describe("ready", "1 where the sub-topology runs and nothing holds it up.", bySub)
)

// Describe names every metric.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descEvents, descEmitted, descRecords, descBytes, descOutput, descDead, descCommits, descAborts, descLargest,
		descHottest, descLag, descTasks, descUp, descStalled, descReady,
	} {
		descs <- d
	}
}

// Collect gives all metrics as of now.
func (c *collector) Collect(metrics chan<- prometheus.Metric) {
	pipeline := c.worker.pipeline.Name
	give := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, kind, v, append([]string{pipeline}, labels...)...)
	}
	count := func(d *prometheus.Desc, v uint64, labels ...string) {
		give(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		give(d, prometheus.GaugeValue, v, labels...)
	}
	for _, s := range c.worker.Report().Subs {
		count(descRecords, s.Records, s.Name)
		count(descBytes, s.Bytes, s.Name)
		count(descDead, s.DeadLetters, s.Name)
		count(descCommits, s.Commits, s.Name)
		for reason, n := range s.AbortReasons {
			count(descAborts, n, s.Name, reason)
		}
		for _, o := range s.Operators {
			count(descEvents, o.Passed, s.Name, o.Name, "passed")
			count(descEvents, o.Dropped, s.Name, o.Name, "dropped")
			count(descEvents, o.Dead, s.Name, o.Name, "dead")
			for i, p := range o.Ports {
				count(descEmitted, p.Emitted, s.Name, o.Name, strconv.Itoa(i), p.Stream)
			}
		}
		for _, k := range s.Skews {
			gauge(descLargest, k.LargestShare, s.Name, k.Operator)
			gauge(descHottest, k.HottestShare, s.Name, k.Operator)
		}
	}
	for _, l := range c.worker.loops {
		s := l.health.status()
		gauge(descTasks, float64(len(s.Tasks)), s.Sub)
		gauge(descUp, one(s.State == running), s.Sub)
		gauge(descReady, one(s.State == running && s.Reason == ""), s.Sub)
		for _, stall := range s.Stalls {
			gauge(descStalled, time.Since(stall.Since).Seconds(), s.Sub, stall.Operator, stall.Topic, strconv.Itoa(int(stall.Partition)))
		}
		for stream, n := range l.ledger.written() {
			count(descOutput, n, s.Sub, stream)
		}
	}
	for _, g := range c.worker.lags.now() {
		gauge(descLag, float64(g.offsets), g.sub, g.topic, strconv.Itoa(int(g.partition)))
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// Report gives the committed balance. It may be called at any time.
func (w *Worker) Report() Report {
	w.mu.Lock()
	r := Report{Pipeline: w.pipeline.Name}
	switch {
	case w.began.IsZero():
	case w.ended.IsZero():
		r.Elapsed = time.Since(w.began)
	default:
		r.Elapsed = w.ended.Sub(w.began)
	}
	w.mu.Unlock()
	for _, l := range w.loops {
		r.Subs = append(r.Subs, l.ledger.report())
	}
	return r
}
