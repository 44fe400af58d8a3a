// Package runtime runs a pipeline: it makes the topics, reads and writes them through a transport, gives each record to
// the fused operators, and reports what became of every one.
//
// A record's life goes downward only: poll, projection, route, produce the same bytes, commit. Outputs, dead letters
// and positions are committed together or not at all, and an event is counted only once its transaction is.
package runtime
