// Package transport is the seam between the runtime and the Kafka client. It speaks of batches, not of records, so that
// a transport may pass compressed batches on without taking them apart. Package runtime/eos is the first
// transport; package transporttest is the conformance suite that every transport must pass.
package transport
