// Package kafka starts a real Kafka in a container, for tests and benchmarks.
package kafka
