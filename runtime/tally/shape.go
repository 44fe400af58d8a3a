package tally

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// Shape is the operators of one sub-topology, as they are counted. It is read-only.
//
// Two files have one shape where operators, streams and what joins them have the same names: expressions may differ, and
// so may the order of everything. Counts are carried on from one file to another of the same shape.
type Shape struct {
	operators []counted
	print     [printBytes]byte
}

// printBytes is the length of the fingerprint that tells one shape from another.
const printBytes = 8

// counted is one operator: the streams that it emits to, sorted, and which of them each port leads to.
type counted struct {
	streams []string
	ports   []int // by port number; nowhere for the words
}

const nowhere = -1

// Of is the shape of sub.
func Of(sub *topology.Sub) *Shape {
	s := &Shape{}
	var text strings.Builder
	for _, op := range sub.Operators {
		c := counted{}
		for _, port := range op.To {
			if port.Stream != nil {
				c.streams = append(c.streams, port.Stream.Name)
			}
		}
		slices.Sort(c.streams)
		c.streams = slices.Compact(c.streams)
		for _, port := range op.To {
			to := nowhere
			if port.Stream != nil {
				to = slices.Index(c.streams, port.Stream.Name)
			}
			c.ports = append(c.ports, to)
		}
		s.operators = append(s.operators, c)
		var from []string
		for _, stream := range op.From {
			from = append(from, stream.Name)
		}
		slices.Sort(from)
		fmt.Fprintf(&text, "%q %q %q %q\n", op.Name, op.Type, from, c.streams)
	}
	sum := sha256.Sum256([]byte(text.String()))
	copy(s.print[:], sum[:])
	return s
}

// Streams are the streams that an operator emits to, sorted: Sheet.Operators has its Emitted in this order.
func (s *Shape) Streams(operator int) []string { return s.operators[operator].streams }

// Sheet is what has become of the records of one partition from position From up to the position beside which it
// stands. Operators has the order of the sub-topology's.
type Sheet struct {
	From      int64
	Earlier   uint64 // sheets of the partition before this one, which could not be carried on
	Records   uint64
	Operators []stage.Counts // Emitted is by stream, as Shape.Streams has them
}

// Begin is an empty sheet from a position on.
func (s *Shape) Begin(position int64, earlier uint64) *Sheet {
	sheet := &Sheet{From: position, Earlier: earlier, Operators: make([]stage.Counts, len(s.operators))}
	for i := range s.operators {
		sheet.Operators[i].Emitted = make([]uint64, len(s.operators[i].streams))
	}
	return sheet
}

// Add adds records and what a Runner has counted of them.
func (s *Shape) Add(sheet *Sheet, records uint64, counts []stage.Counts) {
	sheet.Records += records
	for i := range counts {
		to, more := &sheet.Operators[i], &counts[i]
		to.In += more.In
		to.Passed += more.Passed
		to.Dropped += more.Dropped
		to.Dead += more.Dead
		for port, n := range more.Emitted {
			if stream := s.operators[i].ports[port]; stream != nowhere {
				to.Emitted[stream] += n
			}
		}
	}
}

// Set makes s equal to other, which has the same shape, without sharing memory.
func (s *Sheet) Set(other *Sheet) {
	s.From, s.Earlier, s.Records = other.From, other.Earlier, other.Records
	for i := range other.Operators {
		emitted := s.Operators[i].Emitted
		copy(emitted, other.Operators[i].Emitted)
		s.Operators[i] = other.Operators[i]
		s.Operators[i].Emitted = emitted
	}
}

// Plus adds the counts of other, which has the same shape.
func (s *Sheet) Plus(other *Sheet) {
	s.Records += other.Records
	for i := range other.Operators {
		to, more := &s.Operators[i], &other.Operators[i]
		to.In += more.In
		to.Passed += more.Passed
		to.Dropped += more.Dropped
		to.Dead += more.Dead
		for k, n := range more.Emitted {
			to.Emitted[k] += n
		}
	}
}
