package sharder

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/cespare/xxhash/v2"
)

// Names chooses among named streams by rendezvous, also called highest random weight (Thaler and Ravishankar 1998): each
// name bids xxhash64(name, 0x00, key), and the highest bid wins, of equal bids the least name. So only the names decide,
// not their order, and a name more takes its part from all others alike.
type Names struct {
	bids  []xxhash.Digest // by name in ascending order: the hash of the name and the zero byte
	ports []int
}

// Among makes a choice of 1 to stage.MaxPorts different names, none of which has a zero byte.
func Among(names ...string) (*Names, error) {
	if len(names) < 1 || len(names) > stage.MaxPorts {
		return nil, fmt.Errorf("sharder over %d streams; 1 to %d are possible", len(names), stage.MaxPorts)
	}
	sorted := slices.Sorted(slices.Values(names))
	n := &Names{}
	for i, name := range sorted {
		if i > 0 && name == sorted[i-1] {
			return nil, fmt.Errorf("sharder over streams of which two are named %q", name)
		}
		if strings.IndexByte(name, 0) >= 0 {
			return nil, fmt.Errorf("sharder over a stream with a zero byte in its name %q", name)
		}
		bid := xxhash.New()
		bid.WriteString(name)
		bid.Write([]byte{0})
		n.bids = append(n.bids, *bid)
		n.ports = append(n.ports, slices.Index(names, name))
	}
	return n, nil
}

// Choose gives the position of a key's name in the names that were given to Among.
func (n *Names) Choose(key []byte) int {
	best, port := uint64(0), n.ports[0]
	for i := range n.bids {
		bid := n.bids[i]
		bid.Write(key)
		if sum := bid.Sum64(); sum > best {
			best, port = sum, n.ports[i]
		}
	}
	return port
}

// Rendezvous chooses one of n partitions for a key: partition p bids mix(xxhash64(key) ^ mix(p+1)), and the highest bid wins.
// A partition more takes its part from all others alike. It costs about three nanoseconds for each partition.
func Rendezvous(key []byte, n int32) int32 {
	hash := xxhash.Sum64(key)
	best, partition := uint64(0), int32(0)
	for p := range n {
		if bid := mix(hash ^ mix(uint64(p)+1)); bid > best {
			best, partition = bid, p
		}
	}
	return partition
}

// mix spreads the bits of z over the whole word and is one to one: the finalizer of SplitMix64 (Steele, Lea and Flood
// 2014, with the constants of Stafford's variant 13).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
