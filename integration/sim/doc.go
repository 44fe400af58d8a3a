// Package sim runs the real runtime against an in-process Kafka cluster in virtual time, under a schedule of faults that a seed
// chooses, and proves from the topics that every event had its effect exactly once.
//
// Each run is a bubble of testing/synctest: minutes of timeouts, pauses and elections pass in milliseconds. Goroutines
// are still scheduled by chance, so a seed repeats the schedule and not every interleaving. The Kafka client's own locks
// must be known to the bubble, which the build tag synctests does:
//
//	go test -tags synctests ./integration/sim -seeds 2000
//
// Without the tag the test runs itself again with it.
package sim
