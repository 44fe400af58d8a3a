package stage

// Row is the value of events in pipelines from a file: the fields of one record that some expression reads, decoded
// once, in the order in which they stand in the record. Strings are views into the record's bytes, or into Made.
type Row struct {
	Slots []Slot
	// Filled is how many slots were decoded before the record ended or broke. A reader that needs slots beyond it
	// gives Err instead; one that needs only earlier slots is not disturbed by what is broken further back.
	Filled int
	// Err is why decoding stopped early; nil where Filled is len(Slots).
	Err error
	// Made holds values that stand otherwise in the record than in the schema it is read with. Its memory is used again
	// for the next record.
	Made []byte
}

// Slot holds one decoded field.
//
//   - boolean: N is 0 or 1. int, long: N.
//   - date: N is days since 1970-01-01. Times of day and timestamps of any unit: N is microseconds since midnight or
//     since 1970-01-01, nanoseconds rounded down; times too far off for that are the furthest that fit.
//   - float, double: N is the IEEE 754 bits of the value as a float64.
//   - enum: N is the index and S the symbol.
//   - string, bytes, fixed and what is built on them (uuid, decimal, duration): S is the raw bytes.
//   - record, array, map: S is the Avro bytes of the whole value.
//   - a union of null and one other type: as that type. Any other union: N is the branch, S the Avro bytes of its value.
//
// Null is set for null, and for a field of an optional record that is null; N and S are then zero, but for N of a union
// of several types.
type Slot struct {
	N    int64
	S    string
	Null bool
}
