package sharder

import (
	"slices"

	"github.com/cespare/xxhash/v2"
)

const (
	trackedMax  = 64  // keys that a Skew counts
	keyBytesMax = 256 // of a key that a Skew shows
	sampleMean  = 64  // one key in so many is looked at
)

// Skew observes how evenly one sharder spreads its events, in bounded memory and at a few nanoseconds each: it counts
// every shard, and of a random one in 64 events the key, by Space-Saving (Metwally, Agrawal and El Abbadi, "Efficient
// Computation of Frequent and Top-k Elements in Data Streams", 2005): of s sampled keys, one that is more than s/64 of them
// is surely found, and a count is too high by s/64 at most.
//
// The zero value is ready. It is used by one task; Merge adds up those of several.
type Skew struct {
	shards  []uint64
	skip    uint32 // events until the next sample
	random  uint64
	sampled uint64
	hashes  []uint64 // of the tracked keys: what is searched lies together
	tracked []tracked
}

// tracked is a key and how often it was seen; over is by how much that may be too high.
type tracked struct {
	key         []byte
	count, over uint64
}

// Report says how evenly a sharder spreads its events.
type Report struct {
	Events     uint64
	Shards     int     // how many have got an event
	Shard      int32   // the one with the most events
	ShardShare float64 // its share of the events, 0 to 1
	// Key is the hottest key, its first 256 bytes; nil where none stands out.
	Key []byte
	// KeyShare is about its share of the events, 0 to 1. Of the sampled events it is surely KeyShareMin at least.
	KeyShare, KeyShareMin float64
}

// Observe counts one event. The shard is not negative; the key is not kept.
func (s *Skew) Observe(key []byte, shard int32) {
	if int(shard) >= len(s.shards) {
		s.shards = append(s.shards, make([]uint64, int(shard)+1-len(s.shards))...)
	}
	s.shards[shard]++
	if s.skip > 0 {
		s.skip--
		return
	}
	// A random distance, uniform with the right mean, so that no regular pattern of keys is always or never met.
	s.random += 0x9e3779b97f4a7c15
	s.skip = uint32(mix(s.random) % (2*sampleMean - 1))
	s.sampled++
	s.track(xxhash.Sum64(key), key)
}

// track counts a key. Where all places are taken the least counted key makes way, and leaves its count,
// since the new key may have been seen so often before it was forgotten.
func (s *Skew) track(hash uint64, key []byte) {
	if at := slices.Index(s.hashes, hash); at >= 0 {
		s.tracked[at].count++
		return
	}
	var t *tracked
	if len(s.hashes) < trackedMax {
		s.hashes = append(s.hashes, hash)
		t = s.fresh()
	} else {
		at := s.least()
		s.hashes[at], t = hash, &s.tracked[at]
	}
	t.key = append(t.key[:0], key[:min(len(key), keyBytesMax)]...)
	t.over = t.count
	t.count++
}

// fresh gives one more place, with the memory it had before a Reset.
func (s *Skew) fresh() *tracked {
	n := len(s.tracked)
	if n == cap(s.tracked) {
		s.tracked = append(s.tracked, tracked{})
	} else {
		s.tracked = s.tracked[:n+1]
	}
	t := &s.tracked[n]
	if t.count, t.over = 0, 0; t.key == nil {
		t.key = make([]byte, 0, keyBytesMax)
	}
	return t
}

func (s *Skew) least() int {
	at := 0
	for i := range s.tracked {
		if s.tracked[i].count < s.tracked[at].count {
			at = i
		}
	}
	return at
}

// Merge adds to s what other has observed, which stays as it is: counts of a key that only one of them tracks grow by
// what the other may have forgotten (Agarwal and others, "Mergeable Summaries", 2012).
func (s *Skew) Merge(other *Skew) {
	for len(s.shards) < len(other.shards) {
		s.shards = append(s.shards, 0)
	}
	for shard, n := range other.shards {
		s.shards[shard] += n
	}
	all := append(s.grown(other), other.grown(s)...)
	s.sampled += other.sampled
	slices.SortStableFunc(all, func(a, b candidate) int { return int(int64(b.count) - int64(a.count)) })
	s.hashes, s.tracked = s.hashes[:0], s.tracked[:0]
	for _, c := range all {
		if len(s.hashes) < trackedMax && !slices.Contains(s.hashes, c.hash) {
			s.hashes, s.tracked = append(s.hashes, c.hash), append(s.tracked, c.tracked)
		}
	}
}

type candidate struct {
	hash uint64
	tracked
}

// grown gives copies of the tracked keys of s with what other has, or may have, seen of them.
func (s *Skew) grown(other *Skew) []candidate {
	forgotten := uint64(0)
	if len(other.tracked) == trackedMax {
		forgotten = other.tracked[other.least()].count
	}
	var all []candidate
	for i, t := range s.tracked {
		t.key = append(make([]byte, 0, keyBytesMax), t.key...)
		if at := slices.Index(other.hashes, s.hashes[i]); at >= 0 {
			t.count += other.tracked[at].count
			t.over += other.tracked[at].over
		} else {
			t.count += forgotten
			t.over += forgotten
		}
		all = append(all, candidate{s.hashes[i], t})
	}
	return all
}

// Report gives what was observed so far.
func (s *Skew) Report() Report {
	r := Report{}
	for shard, n := range s.shards {
		r.Events += n
		if n > 0 {
			r.Shards++
		}
		if n > s.shards[r.Shard] {
			r.Shard = int32(shard)
		}
	}
	if r.Events == 0 {
		return r
	}
	r.ShardShare = float64(s.shards[r.Shard]) / float64(r.Events)
	var hottest tracked
	for _, t := range s.tracked {
		if t.count-t.over > hottest.count-hottest.over {
			hottest = t
		}
	}
	if sure := hottest.count - hottest.over; sure > 1 {
		r.Key = slices.Clone(hottest.key)
		r.KeyShare = float64(hottest.count) / float64(s.sampled)
		r.KeyShareMin = float64(sure) / float64(s.sampled)
	}
	return r
}

// Reset forgets everything observed and keeps the memory.
func (s *Skew) Reset() {
	clear(s.shards)
	s.hashes = s.hashes[:0]
	s.tracked = s.tracked[:0]
	s.sampled = 0
}
