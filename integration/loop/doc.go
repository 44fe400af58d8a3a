// Package loop is the rival: the consume–transform–produce loop that one would write by hand on franz-go for one pipeline,
// with settings that pay: the fetched record is produced again, second copies come from a slab, partitions are set by
// hand, and one shared promise keeps the first error. It commits with exactly-once, or at-least-once for comparison.
package loop
