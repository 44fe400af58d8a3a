package history

// Bitmap is a set of event numbers, one bit each. It grows as needed; the zero value is empty.
type Bitmap struct{ words []uint64 }

// Set puts n into the set.
func (b *Bitmap) Set(n int) {
	for n>>6 >= len(b.words) {
		b.words = append(b.words, 0)
	}
	b.words[n>>6] |= 1 << (n & 63)
}

// Has tells whether n is in the set.
func (b *Bitmap) Has(n int) bool {
	return n>>6 < len(b.words) && b.words[n>>6]&(1<<(n&63)) != 0
}
