package eos

import (
	"encoding/binary"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/twmb/franz-go/pkg/kgo"
)

// budget bounds the memory of the records that come out of compressed batches: what is on the wire says nothing of it, since a
// few bytes may become a thousand times as many. It counts a batch from its decompression until nothing of it is in use
// any more, wherever that is: in the client's buffers, in the open transaction, or in a session that is dead. Only the
// garbage collector knows all of these, so it is the one that is asked.
//
// The client reads no further in a partition whose next batch does not fit, and asks for it again later. One budget serves all
// sessions of a member.
type budget struct {
	inner kgo.Decompressor
	most  int64
	extra atomic.Int64 // beyond most, where what is held can go out only once more was read
	held  atomic.Int64

	turn chan struct{} // with room for one: of those who wait for memory
	full time.Time     // when one of them last waited in vain
}

// fetchedMax is what the records of compressed batches may take in memory, in one sub-topology. It is what one batch
// may take, too.
const fetchedMax = 512 << 20

// newBudget takes the decompressor of a client, with its bound on one batch.
func newBudget(client *kgo.Client, most int64) *budget {
	if most == 0 {
		most = fetchedMax
	}
	return &budget{inner: client.OptValue(kgo.WithDecompressor).(kgo.Decompressor), most: most, turn: make(chan struct{}, 1)}
}

// errFull: the memory for fetched records is in use. It passes as soon as the open transaction has ended.
var errFull = errors.New("no memory is left for the records of another batch")

// Decompress is called by the client's goroutines.
func (b *budget) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	out, err := b.inner.Decompress(src, codec)
	if err != nil || len(out) == 0 {
		return out, err
	}
	weight := weigh(out)
	switch {
	case weight > b.most:
		return nil, kgo.ErrMaxDecompress
	case !b.take(weight):
		return nil, errFull
	}
	runtime.AddCleanup(&out[0], b.release, weight)
	return out, nil
}

func (b *budget) release(weight int64) { b.held.Add(-weight) }

// How often, and how long after each time, it is looked whether garbage is all that fills the budget; and for how long whoever comes
// next need not look again.
const (
	collections  = 3
	collectPause = 20 * time.Millisecond
	fullFor      = 20 * time.Millisecond
)

// take waits a moment for what is garbage already.
func (b *budget) take(weight int64) bool {
	if b.fits(weight) {
		return true
	}
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	if time.Since(b.full) < fullFor {
		return b.fits(weight)
	}
	for range collections {
		runtime.GC()
		time.Sleep(collectPause) // releases run beside it
		if b.fits(weight) {
			return true
		}
	}
	b.full = time.Now()
	return false
}

// grow lets an eighth more in: memory is bounded by what inputs wait for of each other then.
func (b *budget) grow() { b.extra.Add(b.most / 8) }

func (b *budget) fits(weight int64) bool {
	if b.held.Add(weight) <= b.most+b.extra.Load() {
		return true
	}
	b.held.Add(-weight)
	return false
}

// What the client and a batch keep for each record and header beside the bytes.
const (
	recordWeight = int64(unsafe.Sizeof(kgo.Record{}) + unsafe.Sizeof(&kgo.Record{}) + unsafe.Sizeof(int64(0)))
	headerWeight = int64(unsafe.Sizeof(kgo.RecordHeader{}))
)

// weigh is the memory that the records in raw will take: their bytes, which they share, and what is made of each record
// and header. It looks at no more than their lengths, and stops where they make no sense, as the client does.
func weigh(raw []byte) int64 {
	weight := int64(len(raw))
	for len(raw) > 0 {
		size, n := binary.Varint(raw)
		if n <= 0 || size < 0 || size > int64(len(raw)-n) {
			break
		}
		weight += recordWeight + headerWeight*headersIn(raw[n:n+int(size)])
		raw = raw[n+int(size):]
	}
	return weight
}

// headersIn is how many headers a record claims, as far as it is long enough for so many.
func headersIn(record []byte) int64 {
	if len(record) == 0 {
		return 0
	}
	at := 1 // attributes
	for range 2 {
		_, n := binary.Varint(record[at:]) // time and offset
		if n <= 0 {
			return 0
		}
		at += n
	}
	for range 2 { // key and value
		size, n := binary.Varint(record[at:])
		if n <= 0 || size > int64(len(record)-at-n) {
			return 0
		}
		at += n + int(max(size, 0))
	}
	headers, n := binary.Varint(record[at:])
	if n <= 0 || headers < 0 {
		return 0
	}
	return min(headers, int64(len(record)-at-n)/2)
}
