//go:build race

package stagetest

// allowed is how often a router may allocate for an event: the race detector makes a sync.Pool lose things at random.
const allowed = 0.9
