package history

import (
	"encoding/binary"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"
)

// numberHeader holds the number of an event, eight bytes big-endian.
const numberHeader = "event-number"

// NumberHeader is the header that numbers an event.
func NumberHeader(number int) kgo.RecordHeader {
	return kgo.RecordHeader{Key: numberHeader, Value: binary.BigEndian.AppendUint64(nil, uint64(number))}
}

// Number gives the number of an event; false where it has none.
func Number(r *kgo.Record) (int, bool) {
	for i := range r.Headers {
		if h := &r.Headers[i]; h.Key == numberHeader && len(h.Value) == 8 {
			return int(binary.BigEndian.Uint64(h.Value)), true
		}
	}
	return 0, false
}

// fingerprinter hashes all that a router must leave as it is: key, value, headers and timestamp, null told from empty.
type fingerprinter struct {
	digest xxhash.Digest
	frame  [9]byte
}

// sum is the fingerprint of r without the headers whose names begin with one of the prefixes in added.
func (f *fingerprinter) sum(r *kgo.Record, added []string) uint64 {
	f.digest.Reset()
	f.bytes(r.Key)
	f.bytes(r.Value)
	binary.BigEndian.PutUint64(f.frame[:8], uint64(r.Timestamp.UnixMilli()))
	f.digest.Write(f.frame[:8])
	for i := range r.Headers {
		h := &r.Headers[i]
		if hasPrefix(h.Key, added) {
			continue
		}
		binary.BigEndian.PutUint64(f.frame[:8], uint64(len(h.Key)))
		f.digest.Write(f.frame[:8])
		f.digest.WriteString(h.Key)
		f.bytes(h.Value)
	}
	return f.digest.Sum64()
}

func (f *fingerprinter) bytes(b []byte) {
	f.frame[0] = 0
	if b != nil {
		f.frame[0] = 1
	}
	binary.BigEndian.PutUint64(f.frame[1:], uint64(len(b)))
	f.digest.Write(f.frame[:])
	f.digest.Write(b)
}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
