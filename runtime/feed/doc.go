// Package feed produces the lines of an NDJSON file, in the form of package ndjson, into the topic of a stream.
//
// Nothing is lost silently: each line becomes one record that all in-sync replicas hold, or is reported by its number
// with the reason. Lines of one key keep their order.
package feed
