// Package signup makes the input of the signup pipeline for tests and benchmarks on a real Kafka, and says
// independently of the pipeline's own decoder and expressions what must become of each event.
package signup
