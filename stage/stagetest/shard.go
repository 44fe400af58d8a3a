package stagetest

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
)

// Shard checks what every sharder must keep: its key is appended to what the buffer holds, and equal events have equal
// keys; its port and partition are in range and depend on the bytes of the key alone, wherever they lie; it never
// changes the event, and allocates nothing unless it rejects.
func Shard[T any](t testing.TB, shard *stage.Shard[T], ports int, generate Generate[T]) {
	t.Helper()
	var good []stage.Event[T]
	for i := range Events {
		e := event(generate, i)
		key, err := shard.Key(&e, []byte("before"))
		fresh := event(generate, i)
		if !reflect.DeepEqual(e, fresh) {
			t.Fatalf("event %d was changed: it was %+v, and is %+v", i, fresh, e)
		}
		again, errAgain := shard.Key(&fresh, nil)
		if text(err) != text(errAgain) {
			t.Fatalf("event %d: the key function said %v, and then %v", i, err, errAgain)
		}
		if err != nil {
			continue
		}
		if want := append([]byte("before"), again...); !bytes.Equal(key, want) {
			t.Fatalf("event %d: the key function gave %q, want %q appended to the buffer", i, key, again)
		}
		places(t, shard, ports, key[len("before"):], again)
		good = append(good, e)
	}
	buf := make([]byte, 0, 1<<12)
	allocs(t, len(good), func(i int) {
		key, _ := shard.Key(&good[i], buf)
		if shard.Port != nil {
			shard.Port(key)
		}
		if shard.Partition != nil {
			shard.Partition(key, 12)
		}
	})
}

// places checks where a key goes; same are the same bytes elsewhere.
func places[T any](t testing.TB, shard *stage.Shard[T], ports int, key, same []byte) {
	t.Helper()
	if shard.Port != nil {
		port := shard.Port(key)
		if port < 0 || port >= ports {
			t.Fatalf("key %q: chose port %d of %d", key, port, ports)
		}
		if again := shard.Port(same); again != port {
			t.Fatalf("key %q: chose port %d, and then %d", key, port, again)
		}
	}
	if shard.Partition == nil {
		return
	}
	for _, n := range []int32{1, 2, 3, 12, 1000} {
		partition := shard.Partition(key, n)
		if partition < 0 || partition >= n {
			t.Fatalf("key %q: chose partition %d of %d", key, partition, n)
		}
		if again := shard.Partition(same, n); again != partition {
			t.Fatalf("key %q: chose partition %d of %d, and then %d", key, partition, n, again)
		}
	}
}
