package history

import "github.com/twmb/franz-go/pkg/kgo"

// Digest is a fingerprint of a set of records with their partitions. It does not depend on the order in which they are added,
// and a record counts as often as it is added. Two Digests can be compared with ==.
type Digest struct {
	Records int
	sum     uint64
}

// Add adds one record.
func (d *Digest) Add(r *kgo.Record) {
	var f fingerprinter
	d.Records++
	placed := random(f.sum(r, nil) ^ uint64(r.Partition)<<1)
	d.sum += placed
}

// random spreads x over all bits (the finalizer of SplitMix64), so that sums of related numbers do not cancel out.
func random(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
