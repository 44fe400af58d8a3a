// Package tap writes the records of topics as lines of NDJSON, in the form of package ndjson. Only what is committed is
// written, in the order of the offsets within each partition.
package tap
