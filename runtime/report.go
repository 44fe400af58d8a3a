package runtime

import "time"

// Report is what has become of a pipeline's events, as this worker has committed it since it began.
type Report struct {
	Pipeline string
	Elapsed  time.Duration // since Run began
	Subs     []SubReport
}

// SubReport is the part of a Report on one sub-topology.
type SubReport struct {
	Name, Group     string
	Records         uint64 // read and committed
	Bytes           uint64 // of their keys and values, where the transport looked at them
	DeadLetters     uint64
	Commits, Aborts uint64
	AbortReasons    map[string]uint64
	Operators       []OperatorReport
	Skews           []SkewReport
}

// OperatorReport is the balance of one operator: In = Passed + Dropped + Dead.
type OperatorReport struct {
	Name, Type                string
	In, Passed, Dropped, Dead uint64
	Ports                     []PortReport
}

// PortReport is how many events left an operator by one port.
type PortReport struct {
	Label   string // as in the file; empty for an only port
	Stream  string // the stream's name, or a word: drop, dead_letter
	Emitted uint64
}

// SkewReport is how evenly one sharder spread its events. Unlike the balance it is an estimate.
type SkewReport struct {
	Operator     string
	Shards       int     // how many were used
	Largest      string  // the partition or stream that got most
	LargestShare float64 // 0 to 1
	HottestKey   string  // its first 40 bytes, which need not be text; empty where none stands out
	HottestShare float64 // the share of the sampled events that surely had that key, 0 to 1
}
