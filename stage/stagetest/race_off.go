//go:build !race

package stagetest

// allowed is how often a router may allocate for an event.
const allowed = 0
