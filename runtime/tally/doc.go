// Package tally is the conservation ledger: for each partition of an input, what each operator has done with its records
// so far. It stands in the note beside the partition's committed position, so that a count is committed with
// the position and the outputs that it counts, or not at all. Package audit sums it up.
package tally
