package topology

import (
	"slices"
)

// The names of the hashes by which events are placed.
const (
	hashMurmur2    = "murmur2" // as Kafka's own clients place a record by its key
	hashRendezvous = "rendezvous"
)

// widthOf is that of a stream from outside, or of one that declares its partitions.
func widthOf(l *link) width {
	if l.partitions > 0 {
		return width{n: l.partitions}
	}
	return width{of: l}
}

// outputWidth is that of a topic which an operator writes, by the inputs of its sub-topology. What declares no partitions is
// made as wide as the widest of them.
func outputWidth(l *link, inputs []width) width {
	widest := width{}
	for _, w := range inputs {
		if w.n == 0 || l.partitions > 0 {
			break
		}
		widest.n = max(widest.n, w.n)
	}
	switch {
	case l.partitions > 0:
		return width{n: l.partitions}
	case len(inputs) > 0 && len(distinct(inputs)) == 1:
		return inputs[0]
	case len(inputs) > 0 && !slices.ContainsFunc(inputs, func(w width) bool { return w.n == 0 }):
		return widest
	}
	return width{of: l}
}

func distinct(widths []width) []width {
	var all []width
	for _, w := range widths {
		if !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// passage is how events that no sharder has placed get from the partitions of the inputs to those of an output.
type passage int

const (
	sameNumber passage = iota // all inputs and the output have equally many partitions
	byRecordKey
	unsure // one of the two, by what the cluster has
)

// passageTo is how a sub-topology with these inputs places events on a topic of so many partitions.
func passageTo(out width, inputs []width) passage {
	all := distinct(append(slices.Clone(inputs), out))
	declared := slices.DeleteFunc(slices.Clone(all), func(w width) bool { return w.n == 0 })
	switch {
	case len(all) == 1:
		return sameNumber
	case len(declared) > 1:
		return byRecordKey
	}
	return unsure
}
