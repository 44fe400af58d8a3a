package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
)

const tag = "bench-test"

// produced is what the hand-written loop makes of the first events of a workload, and what it must be.
type produced struct {
	expected *expectation
	byTopic  map[string][]*kgo.Record
}

// produce runs the hand-written loop without a broker. Events lie on partitions by their numbers.
func produce(t *testing.T, w *workload, events int) produced {
	t.Helper()
	f, err := newFeed(w, w.inputTopics(tag), past(events))
	if err != nil {
		t.Fatal(err)
	}
	p := produced{byTopic: map[string][]*kgo.Record{}}
	if p.expected, err = newExpectation(w); err != nil {
		t.Fatal(err)
	}
	work := w.byHand(tag)
	for n := range events {
		r, err := f.event(n)
		if err != nil {
			t.Fatal(err)
		}
		r.Partition = int32(n / 7 % 4)
		if err := p.expected.add(r); err != nil {
			t.Fatal(err)
		}
		if err := work(r, func(r *kgo.Record) { p.byTopic[r.Topic] = append(p.byTopic[r.Topic], r) }); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// verdict checks what was produced, as a check of topics does.
func (p *produced) verdict(role string) string {
	var faults []string
	for i := range p.expected.work.outputs {
		output := p.expected.output(i, role, tag)
		check := history.NewCheck(&p.expected.ledger, output)
		for _, r := range p.byTopic[output.Topic] {
			check.Record(r)
		}
		report := check.Finish()
		if report.Wanted == 0 {
			faults = append(faults, output.Topic+": nothing is wanted here")
		}
		if err := report.Err(); err != nil {
			faults = append(faults, err.Error())
		}
	}
	return strings.Join(faults, "\n")
}

// TestTheLoopDoesTheWorkOfThePipeline holds each hand-written rival to what the outputs of its workload must hold.
func TestTheLoopDoesTheWorkOfThePipeline(t *testing.T) {
	for _, w := range workloads {
		p := produce(t, w, 1500)
		if faults := p.verdict(byHand); faults != "" {
			t.Errorf("%s: %s", w.name, faults)
		}
		var wrote []string
		for topic := range p.byTopic {
			wrote = append(wrote, topic)
		}
		if len(wrote) != len(w.outputs) {
			t.Errorf("%s wrote %v, but has %d outputs", w.name, wrote, len(w.outputs))
		}
	}
}

// TestWhatIsWrongIsFound spoils the output in each way that a contender could.
func TestWhatIsWrongIsFound(t *testing.T) {
	audit := tag + ".audit"
	for want, spoil := range map[string]func(all []*kgo.Record) []*kgo.Record{
		"1 lost":       func(all []*kgo.Record) []*kgo.Record { return slices.Delete(all, 100, 101) },
		"1 duplicated": func(all []*kgo.Record) []*kgo.Record { return append(all, all[100]) },
		"1 reordered":  func(all []*kgo.Record) []*kgo.Record { all[100], all[101] = all[101], all[100]; return all },
		"1 changed":    func(all []*kgo.Record) []*kgo.Record { all[100].Value = []byte("x"); return all },
		"1 misplaced":  func(all []*kgo.Record) []*kgo.Record { all[100].Partition += 4; return all },
		"1 foreign":    func(all []*kgo.Record) []*kgo.Record { return append(all, &kgo.Record{Topic: audit}) },
	} {
		p := produce(t, signupWork, 500)
		p.byTopic[audit] = spoil(p.byTopic[audit])
		if faults := p.verdict(byHand); !strings.Contains(faults, want) {
			t.Errorf("the check says %q, want %s", faults, want)
		}
	}
}

// TestMergedOutputMustBeInOrder: what the loop may write, since it only copies, the ordered merger may not.
func TestMergedOutputMustBeInOrder(t *testing.T) {
	p := produce(t, mergeWork, 300)
	all := p.byTopic[tag+".all"]
	if faults := p.verdict(anabranch); faults != "" {
		t.Errorf("in order: %s", faults)
	}
	all[0], all[1] = all[1], all[0] // of two inputs, on one partition
	if faults := p.verdict(byHand); faults != "" {
		t.Errorf("the loop may do so: %s", faults)
	}
	if faults := p.verdict(anabranch); !strings.Contains(faults, "1 reordered") {
		t.Errorf("the check says %q, want 1 reordered", faults)
	}
	all[3], all[0] = all[0], all[3] // of one input
	if faults := p.verdict(byHand); !strings.Contains(faults, "reordered") {
		t.Errorf("the check says %q, want reordered", faults)
	}
}

// TestPipelinesWriteTheOutputs compiles each pipeline: one sub-topology, whose sinks are the outputs of the workload.
func TestPipelinesWriteTheOutputs(t *testing.T) {
	for _, w := range workloads {
		o := options{role: anabranch, run: tag, brokers: "a:1,b:2", partitions: 4, inputs: strings.Join(w.inputTopics(tag), ",")}
		p, err := compile(o, w)
		if err != nil {
			t.Errorf("%s: %v", w.name, err)
			continue
		}
		if _, err := group(o, w); err != nil {
			t.Error(err)
		}
		var sinks []string
		for _, s := range p.Subs[0].Sinks {
			sinks = append(sinks, s.Topic())
		}
		want := w.outputTopics(tag)
		slices.Sort(sinks)
		slices.Sort(want)
		if !slices.Equal(sinks, want) {
			t.Errorf("%s writes %v, want %v", w.name, sinks, want)
		}
		if brokers := p.Kafka.Brokers; !slices.Equal(brokers, []string{"a:1", "b:2"}) {
			t.Errorf("%s: brokers are %q", w.name, brokers)
		}
	}
}

func TestNamesThatDoNotExistAreRefused(t *testing.T) {
	good := options{work: "all", rivals: byHand, codec: "lz4", rounds: 1, partitions: 1, rate: 1, span: 1e9}
	if works, _, err := good.check(); err != nil || len(works) != len(workloads) {
		t.Errorf("%d workloads, %v", len(works), err)
	}
	for want, spoil := range map[string]func(*options){
		`no workload "w"`:        func(o *options) { o.work = "copy,w" },
		`no contender "flink"`:   func(o *options) { o.rivals = "flink" },
		"named twice":            func(o *options) { o.rivals = "loop,loop" },
		`no codec "gzip"`:        func(o *options) { o.codec = "gzip" },
		"at least 1 round":       func(o *options) { o.rounds = 0 },
		"merge holds the last e": func(o *options) { o.latency = true },
	} {
		o := good
		spoil(&o)
		if _, _, err := o.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}
