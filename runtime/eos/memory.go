package eos

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/stage"
)

// cell is one record that was made here, and where it comes from.
type cell struct {
	record kgo.Record
	sink   int
	origin stage.Origin
}

// cells hands out cells that never move, and takes them all back at once.
type cells struct {
	chunks [][]cell
	used   int
}

const (
	cellsChunk = 512     // cells in a chunk, about 150 KiB
	cellsKept  = 200     // chunks kept from one transaction to the next, about 30 MiB
	bytesChunk = 1 << 16 // bytes in a chunk of an arena
	bytesKept  = 128     // chunks kept, 8 MiB
)

func (c *cells) next() *cell {
	k, i := c.used/cellsChunk, c.used%cellsChunk
	if k == len(c.chunks) {
		c.chunks = append(c.chunks, make([]cell, cellsChunk))
	}
	c.used++
	return &c.chunks[k][i]
}

// each calls f for every cell that is handed out.
func (c *cells) each(f func(*cell)) {
	for n := range c.used {
		f(&c.chunks[n/cellsChunk][n%cellsChunk])
	}
}

func (c *cells) reset() {
	for k := 0; k*cellsChunk < c.used; k++ {
		clear(c.chunks[k][:min(cellsChunk, c.used-k*cellsChunk)])
	}
	if len(c.chunks) > cellsKept {
		clear(c.chunks[cellsKept:])
		c.chunks = c.chunks[:cellsKept]
	}
	c.used = 0
}

// arena copies bytes, and takes all copies back at once.
type arena struct {
	chunks [][]byte // each filled up to its length
	at     int      // the chunk being filled
}

// copy gives a copy of b. It keeps nil and empty apart: a tombstone is not an empty value.
func (a *arena) copy(b []byte) []byte {
	switch {
	case b == nil:
		return nil
	case len(b) > bytesChunk/4:
		return append([]byte{}, b...)
	}
	if a.at < len(a.chunks) && len(a.chunks[a.at])+len(b) > bytesChunk {
		a.at++
	}
	if a.at == len(a.chunks) {
		a.chunks = append(a.chunks, make([]byte, 0, bytesChunk))
	}
	chunk := a.chunks[a.at]
	n := len(chunk)
	chunk = append(chunk, b...)
	a.chunks[a.at] = chunk
	return chunk[n:len(chunk):len(chunk)]
}

func (a *arena) reset() {
	if len(a.chunks) > bytesKept {
		clear(a.chunks[bytesKept:])
		a.chunks = a.chunks[:bytesKept]
	}
	for i := range a.chunks {
		a.chunks[i] = a.chunks[i][:0]
	}
	a.at = 0
}
