package tally

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A note is a version, the fingerprint of the shape, and then varints (unsigned LEB128): how many sheets there were
// before, From, whether the counts follow, Records, and for each operator in, passed, dropped, dead and what it emitted to
// each stream. Operators and streams have no names in it: the fingerprint stands for them.
const version = 1

// Why a note says nothing that can be carried on.
var (
	// ErrShape: it was written by a file with other operators or streams.
	ErrShape = errors.New("counted for other operators")
	// ErrVersion: it was written by another version of Anabranch, or is no note of this kind.
	ErrVersion = errors.New("written by a version that counts in another way")
	// ErrLarge: the counts of so many operators do not fit beside a position.
	ErrLarge = errors.New("too many operators for their counts to fit beside a position")
)

// Append appends the note of a sheet to dst. Where it would be longer than most bytes, it appends a note that says no more
// than that, and the error is ErrLarge.
func (s *Shape) Append(dst []byte, sheet *Sheet, most int) ([]byte, error) {
	start := len(dst)
	dst = append(append(dst, version), s.print[:]...)
	dst = binary.AppendUvarint(dst, sheet.Earlier)
	dst = binary.AppendUvarint(dst, uint64(sheet.From))
	short := len(dst)
	dst = binary.AppendUvarint(append(dst, 1), sheet.Records)
	for i := range sheet.Operators {
		c := &sheet.Operators[i]
		for _, n := range [...]uint64{c.In, c.Passed, c.Dropped, c.Dead} {
			dst = binary.AppendUvarint(dst, n)
		}
		for _, n := range c.Emitted {
			dst = binary.AppendUvarint(dst, n)
		}
	}
	if len(dst)-start > most {
		return append(dst[:short], 0), ErrLarge
	}
	return dst, nil
}

// Read reads the note beside a position; an empty one is of a partition of which nothing has been counted. Where the error
// is not nil, the sheet is empty and begins at the position.
func (s *Shape) Read(note string, position int64) (*Sheet, error) {
	if note == "" {
		return s.Begin(position, 0), nil
	}
	r := reader{rest: []byte(note)}
	if r.byte() != version {
		return s.Begin(position, 1), ErrVersion
	}
	print := r.take(printBytes)
	earlier, from, whole := r.count(), r.count(), r.byte()
	if r.short || int64(from) < 0 || int64(from) > position {
		return s.Begin(position, 1), fmt.Errorf("%w: %d bytes that make no sense", ErrVersion, len(note))
	}
	if string(print) != string(s.print[:]) {
		return s.Begin(position, earlier+1), ErrShape
	}
	if whole == 0 {
		return s.Begin(position, earlier+1), ErrLarge
	}
	sheet := s.Begin(int64(from), earlier)
	sheet.Records = r.count()
	for i := range sheet.Operators {
		c := &sheet.Operators[i]
		c.In, c.Passed, c.Dropped, c.Dead = r.count(), r.count(), r.count(), r.count()
		for k := range c.Emitted {
			c.Emitted[k] = r.count()
		}
	}
	if r.short || len(r.rest) > 0 || whole != 1 {
		return s.Begin(position, earlier+1), fmt.Errorf("%w: %d bytes that make no sense", ErrVersion, len(note))
	}
	return sheet, nil
}

// reader reads a note. Short is true once there was less than was asked for.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if len(r.rest) < n {
		r.short, r.rest = true, nil
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) count() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.short, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}
