package stage

// Row is the value of events in pipelines from a file: the fields of one record that some expression reads, decoded
// once, in the order in which they stand in the record. Strings are views into the record's bytes.
type Row struct {
	Slots []Slot
	// Filled is how many slots were decoded before the record ended or broke. A reader that needs slots beyond it
	// gives Err instead; one that needs only earlier slots is not disturbed by what is broken further back.
	Filled int
	// Err is why decoding stopped early; nil where Filled is len(Slots).
	Err error
}

// Slot holds one decoded field. Booleans, integers, dates and times (microseconds) are in N, floating point in N as
// its IEEE 754 bits, enums as their index in N and their symbol in S, text and bytes in S. Arrays, maps and
// unions of several types stay encoded in S (for those unions N is the branch).
type Slot struct {
	N    int64
	S    string
	Null bool
}
