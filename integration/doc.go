// Package integration runs Anabranch as its users do, as processes on a real Kafka, and proves from the topics what came of it.
//
// The folders are the tools of these tests: kafka starts a broker, signup makes events and says what must become of them,
// history checks topics, process starts and kills workers, progress watches a group, loop is the rival and bench the race.
package integration
