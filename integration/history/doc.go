// Package history proves what became of events that went through a pipeline, by reading topics back and nothing else.
//
// Every input event carries its number in a header, from 0 without gaps. A Ledger notes each input record as the input topic
// holds it; a Check then sees each record of one output topic and finds what is lost, duplicated, reordered, changed, on the
// wrong partition or should not be there. Memory is bounded by the number of events and of lanes, never by their bytes.
package history
