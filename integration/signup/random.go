package signup

// random is a sequence that its seed alone decides (SplitMix64, Steele, Lea and Flood 2014).
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 to n-1. Its bias is n/2⁶⁴, too small to matter here.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// skewed gives a number from 0 to n-1 that is more often small: half of all numbers fall into the first eighth.
func (r *random) skewed(n int) int {
	f := float64(r.next()>>11) / (1 << 53)
	return int(f * f * f * float64(n))
}

func (r *random) chance(percent int) bool { return r.below(100) < percent }

func pick[T any](r *random, from []T) T { return from[r.below(len(from))] }
