package trace

import (
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// Step is one operator that the event came to, and what it decided.
type Step struct {
	Sub      *topology.Sub
	Operator *topology.Operator
	// Event is the event as it entered, without its value. Its origin has offset Unknown behind a topic in between.
	Event stage.Meta
	// Formulas explain the operator's expressions, one each, in the order of the file.
	Formulas []*expression.Explanation
	// Key is what a sharder placed the event by.
	Key []byte
	// Rejected is why the event is a dead letter; nil where it is none. Then there are no Ways, and Letter is set.
	Rejected error
	Code     deadletter.Code
	Letter   *Letter
	// Ways are the ports by which the event left, in their order. Where none leads on, it is dropped.
	Ways []Way
}

// Unknown is the offset of a record that is not written yet.
const Unknown = -1

// Letter is where a dead letter goes. Topic is empty where the pipeline has none: then the event stops the pipeline.
type Letter struct {
	Topic     string `json:"topic,omitempty"`
	Partition int32  `json:"partition"`
}

// Way is one port by which an event left an operator. Either Next or Arrival is set; neither where the port drops it.
type Way struct {
	Port    topology.Port
	Next    *Step    // the operator that reads the port's stream in the same sub-topology
	Arrival *Arrival // the topic that the port leads to
}

// Arrival is a record that the sub-topology writes.
type Arrival struct {
	Stream    *topology.Stream
	Partition int32
	// Placer is the sharder that chose the partition; nil where none did, and then Why says what did.
	Placer *topology.Operator
	Why    Placing
	Key    []byte // the record's
	Rekey  bool   // whether a sharder made Key
	Next   *Step  // the first operator of the sub-topology that reads the stream; nil where none does
}

// Placing is what chose a partition where no sharder did.
type Placing string

// The ways to choose a partition.
const (
	SamePartition Placing = "the same number"                     // as many partitions as the input
	ByKey         Placing = "by its key"                          // as Kafka's clients do
	ByNumber      Placing = "without a key, by the number it had" // mod how many there are
)

// Dropped tells whether the operator dropped the event.
func (s *Step) Dropped() bool {
	if s.Rejected != nil {
		return false
	}
	for _, w := range s.Ways {
		if w.Next != nil || w.Arrival != nil {
			return false
		}
	}
	return true
}

// Untold is what the operator decides and one record cannot tell; empty where there is nothing.
func (s *Step) Untold() string {
	o := s.Sub.Ordering
	if o == nil || s.Sub.Operators[o.Node] != s.Operator || len(s.Ways) == 0 || s.Ways[0].Port != s.Operator.To[0] {
		return ""
	}
	return "one record cannot tell its place in the order, nor whether it is late: the other inputs decide"
}

// All are s and every step behind it, in the order in which they are taken.
func (s *Step) All() []*Step {
	if s == nil {
		return nil
	}
	all := []*Step{s}
	for _, w := range s.Ways {
		all = append(all, w.Next.All()...)
		if w.Arrival != nil {
			all = append(all, w.Arrival.Next.All()...)
		}
	}
	return all
}

// Arrivals are the records that s and the steps behind it write, in order.
func (s *Step) Arrivals() []*Arrival {
	var all []*Arrival
	for _, step := range s.All() {
		for _, w := range step.Ways {
			if w.Arrival != nil {
				all = append(all, w.Arrival)
			}
		}
	}
	return all
}
