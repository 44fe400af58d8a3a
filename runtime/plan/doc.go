// Package plan compares a pipeline file with what a cluster has of it: topics, groups, rights, and what the groups have run.
// It says what has to be done to go from one to the other, does it, and keeps workers of a revision that may not go on from
// where another stopped from starting.
package plan
