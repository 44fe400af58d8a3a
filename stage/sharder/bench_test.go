package sharder_test

import (
	"fmt"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/sharder"
)

func BenchmarkRendezvous(b *testing.B) {
	key := []byte("user-0123456789")
	for _, n := range []int32{4, 12, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				sharder.Rendezvous(key, n)
			}
		})
	}
}

func BenchmarkOver(b *testing.B) {
	for _, n := range []int{3, 16} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprint("stream-", i)
			}
			router := sharder.Router(must(sharder.Over(tenant, names...)))
			e := &stage.Event[Order]{Value: Order{Tenant: "user-0123456789"}}
			b.ReportAllocs()
			for b.Loop() {
				router.Route(e)
			}
		})
	}
}

func BenchmarkSkew(b *testing.B) {
	var s sharder.Skew
	keys := make([][]byte, 4096)
	for i := range keys {
		keys[i] = fmt.Append(nil, "user-", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Observe(keys[i&4095], int32(i%12))
	}
}
