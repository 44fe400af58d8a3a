// Package sharder places events by the bytes of a key: on the partitions of one stream (Keyed), or among several streams
// (Over).
//
// Laws: equal keys have equal shards; the shards and what is rejected partition the input, in order. Over, and Keyed by
// Rendezvous: one shard more moves only the keys that the new shard gets.
package sharder
