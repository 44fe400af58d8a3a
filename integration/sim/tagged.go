//go:build synctests

package sim

// tagged: the Kafka client's locks are known to the bubble.
const tagged = true
