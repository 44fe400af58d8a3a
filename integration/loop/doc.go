// Package loop is the rival: the consume–transform–produce loop with exactly-once that one would write by hand on
// franz-go for one pipeline, with settings that pay: the fetched record is produced again, second copies come from
// a slab, partitions are set by hand, one shared promise keeps the first error, and lz4 as the input has it.
package loop
