package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/loop"
)

// workload is one piece of work that all contenders are given: what goes in, the pipeline, the same by hand, and what must
// come out.
type workload struct {
	name   string
	about  string
	events int // of a race, where the command line names no number

	inputs  int  // topics; event n goes to number n modulo inputs
	padding int  // bytes of text in each event
	inOrder bool // events happen a millisecond apart, in the order of their numbers
	holds   bool // the last events stay inside while more may come

	pipeline string // with TAG, INPUT0, INPUT1, …, PARTITIONS and BROKERS
	byHand   func(tag string) loop.Work
	outputs  []output
}

// output is a topic that a workload writes, and what it must hold.
type output struct {
	name       string                                     // behind the tag and a dot
	partitions int                                        // 0: as many as the input
	want       func(fields map[string]any) bool           // of a decoded event; nil: every event
	place      func(topic string) func(*kgo.Record) int32 // the partition of a record; nil: that of its source
	lane       func(*kgo.Record) uint64                   // groups what keeps its order; nil: all of a partition
	looseLane  func(*kgo.Record) uint64                   // where it is not nil, the loop keeps only the order of these
}

// workloads are all there are.
var workloads = []*workload{signupWork, copyWork, chainWork, splitWork, mergeWork, sized(1), sized(10), sized(100)}

func names(of []*workload) []string {
	var all []string
	for _, w := range of {
		all = append(all, w.name)
	}
	return all
}

// find gives the workloads of a list of names; "all" is all.
func find(list string) ([]*workload, error) {
	if list == "all" {
		return workloads, nil
	}
	var found []*workload
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(workloads, func(w *workload) bool { return w.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no workload %q; have %s, all", name, strings.Join(names(workloads), ", "))
		}
		found = append(found, workloads[i])
	}
	return found, nil
}

// topic is the name of o among the topics of tag.
func (o *output) topic(tag string) string { return tag + "." + o.name }

// inputTopics are the topics that a race reads.
func (w *workload) inputTopics(run string) []string {
	var topics []string
	for i := range w.inputs {
		topics = append(topics, fmt.Sprintf("%s.in-%d", run, i))
	}
	return topics
}

// outputTopics are the topics that a contender writes.
func (w *workload) outputTopics(tag string) []string {
	var topics []string
	for _, o := range w.outputs {
		topics = append(topics, o.topic(tag))
	}
	return topics
}
