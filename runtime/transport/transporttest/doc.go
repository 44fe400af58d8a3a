// Package transporttest is the conformance suite of transport.Transport. A transport passes if Run passes with it on
// any Kafka.
package transporttest
