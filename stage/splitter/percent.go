package splitter

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/cespare/xxhash/v2"
)

// Buckets is how many equal parts Percent divides keys into: one for each hundredth of a percent.
const Buckets = 10_000

// Share leads so many buckets, hundredths of a percent, to Port. None is possible: a share that waits to be widened.
type Share struct {
	Buckets int
	Port    int
}

// Percents gives the buckets of a percentage, which has at most two decimals.
func Percents(percent float64) (buckets int, err error) {
	exact := percent * Buckets / 100
	buckets = int(math.Round(exact))
	if math.IsNaN(percent) || percent < 0 || percent > 100 {
		return 0, fmt.Errorf("a share of %v percent; 0 to 100 are possible", percent)
	}
	if math.Abs(exact-float64(buckets)) > 1e-6 {
		return 0, fmt.Errorf("a share of %v percent; two decimals are possible", percent)
	}
	return buckets, nil
}

// Bucket gives the bucket of a key, 0 to Buckets-1: xxhash64(salt, 0x00, key) mod Buckets.
// Another salt makes another, independent division.
func Bucket(salt string, key []byte) int {
	buf := make([]byte, 0, 128)
	buf = append(append(append(buf, salt...), 0), key...)
	return bucket(buf)
}

func bucket(salted []byte) int { return int(xxhash.Sum64(salted) % Buckets) }

// Divider is a stage.Router that chooses a port by the bucket of a key.
type Divider[T any] struct {
	by      func(*stage.Event[T], []byte) ([]byte, error)
	salt    []byte // with the zero byte behind it
	bounds  []int  // by share: the first bucket that is not in it
	ports   []stage.Ports
	buffers sync.Pool
}

// Percent makes a splitter of shares, cut from the buckets in their order, so that widening the first one takes from
// its neighbour and keeps everyone who was in it. The shares add up to Buckets.
//
// by appends the bytes of the key to a buffer, as stage.Shard.Key does; its error rejects the event. It must be safe for
// concurrent use.
func Percent[T any](by func(e *stage.Event[T], buf []byte) ([]byte, error), salt string, shares []Share) (*Divider[T], error) {
	d := &Divider[T]{by: by, salt: append([]byte(salt), 0)}
	d.buffers.New = func() any { buf := make([]byte, 0, 128); return &buf }
	if len(shares) == 0 {
		return nil, errors.New("a splitter by percent needs at least one share")
	}
	sum := 0
	for i, share := range shares {
		if share.Buckets < 0 || share.Buckets > Buckets {
			return nil, fmt.Errorf("share %d is %v percent; 0 to 100 are possible", i+1, percent(share.Buckets))
		}
		if err := checkPort(share.Port, fmt.Sprintf("share %d", i+1)); err != nil {
			return nil, err
		}
		sum += share.Buckets
		d.bounds = append(d.bounds, sum)
		d.ports = append(d.ports, stage.Port(share.Port))
	}
	if sum != Buckets {
		return nil, fmt.Errorf("the shares add up to %v percent; they must to 100", percent(sum))
	}
	return d, nil
}

func percent(buckets int) float64 { return float64(buckets) * 100 / Buckets }

// Route chooses the port of the share that the key's bucket lies in.
func (d *Divider[T]) Route(e *stage.Event[T]) (stage.Ports, error) {
	// The buffer is taken from a pool since one on the stack would escape into the function value.
	// It is not put back on a panic of that function, which may have kept it.
	buf := d.buffers.Get().(*[]byte)
	salted, err := d.by(e, append((*buf)[:0], d.salt...))
	if err != nil {
		d.buffers.Put(buf)
		return 0, err
	}
	b := bucket(salted)
	*buf = salted
	d.buffers.Put(buf)
	return d.ports[slices.IndexFunc(d.bounds, func(bound int) bool { return b < bound })], nil
}
