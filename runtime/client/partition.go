package client

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Partition chooses one of n partitions by a key as Kafka's own clients do: murmur2 of the key's bytes. It may be called
// by many goroutines at once and allocates nothing.
func Partition(key []byte, n int32) int32 {
	if key == nil {
		key = []byte{} // the partitioner takes nil for a record that has no key, and then chooses by chance
	}
	r := keyed.Get().(*kgo.Record)
	r.Key = key
	p := byKey.Partition(r, int(n))
	r.Key = nil
	keyed.Put(r)
	return int32(p)
}

var (
	byKey = kgo.StickyKeyPartitioner(nil).ForTopic("") // keeps nothing where a record has a key
	keyed = sync.Pool{New: func() any { return new(kgo.Record) }}
)
