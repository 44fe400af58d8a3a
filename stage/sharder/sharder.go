package sharder

import (
	"sync"

	"github.com/anabranch-go/anabranch/stage"
)

// Keyed places the events of one stream on its partitions: partition chooses one of n for a key. Rendezvous is such a
// function; that of Kafka's own clients, murmur2, is to be had from a Kafka client, so that it is truly theirs.
// The result can be a node of a stage.Program; set its Rekey to make the key the record's key.
func Keyed[T any](key Key[T], partition func(key []byte, n int32) int32) *stage.Shard[T] {
	return &stage.Shard[T]{Key: key, Partition: partition}
}

// Over places events among the streams of these names, whose ports are their positions, as Names does.
// The result can be a node of a stage.Program; set its Rekey to make the key the record's key.
func Over[T any](key Key[T], names ...string) (*stage.Shard[T], error) {
	n, err := Among(names...)
	if err != nil {
		return nil, err
	}
	return &stage.Shard[T]{Key: key, Port: n.Choose}, nil
}

// Router makes a stage.Router of a shard that chooses among streams, for use outside of a stage.Program.
// It panics where the shard chooses only partitions.
func Router[T any](shard *stage.Shard[T]) stage.Router[T] {
	if shard.Port == nil {
		panic("sharder: a router needs a shard over several streams")
	}
	r := &router[T]{shard: shard}
	r.buffers.New = func() any { buf := make([]byte, 0, 128); return &buf }
	return r
}

type router[T any] struct {
	shard   *stage.Shard[T]
	buffers sync.Pool // one on the stack would escape into the key function
}

func (r *router[T]) Route(e *stage.Event[T]) (stage.Ports, error) {
	buf := r.buffers.Get().(*[]byte)
	key, err := r.shard.Key(e, (*buf)[:0])
	if err != nil {
		r.buffers.Put(buf)
		return 0, err
	}
	port := r.shard.Port(key)
	*buf = key
	r.buffers.Put(buf)
	return stage.Port(port), nil
}
