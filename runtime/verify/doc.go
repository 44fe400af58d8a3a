// Package verify holds what a pipeline file claims of the topics from outside to the records that are in them: their number of
// partitions, the schema of their values, their keys, and which partition a key is in. Contracts are proved from these claims.
//
// It reads what is committed, in no consumer group, and writes nothing.
package verify
