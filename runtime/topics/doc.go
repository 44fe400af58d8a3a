// Package topics makes the topics of a pipeline file in a cluster, or says what is missing.
//
// A topic that the file declares with partitions gets so many. One that it does not: an external input the broker's own
// default (num.partitions); an output or inner stream as many as the widest input of the sub-topology that writes it; the
// dead-letter topic as many as the widest input of the pipeline. The replication factor is always the broker's default.
package topics
