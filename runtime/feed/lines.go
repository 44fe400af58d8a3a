package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// LineBytesMax is the longest line that is read, in bytes: a record of Kafka's default limit of one mebibyte, in base64,
// and room for the rest of an envelope. A longer line is rejected.
const LineBytesMax = 2 << 20

// errTooLong rejects one line.
var errTooLong = fmt.Errorf("longer than %d bytes", LineBytesMax)

// lines reads a text line by line, in bounded memory.
type lines struct {
	in     *bufio.Reader
	number int // of the last line, from 1
	buf    []byte
}

func newLines(in io.Reader) *lines { return &lines{in: bufio.NewReaderSize(in, 64<<10)} }

// next gives the next line that is not blank, without its line break; it is valid until the next call. The error is io.EOF after the
// last line, errTooLong for one line alone, or what reading gave.
func (l *lines) next() ([]byte, error) {
	for {
		line, err := l.read()
		if err != nil {
			return nil, err
		}
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

// read gives the next line, blank or not.
func (l *lines) read() ([]byte, error) {
	l.buf = l.buf[:0]
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		if len(l.buf)+len(part) > LineBytesMax {
			long = true
			l.buf = l.buf[:0]
		}
		if !long {
			l.buf = append(l.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil, errors.Is(err, io.EOF) && (long || len(l.buf) > 0):
			l.number++
			if long {
				return nil, errTooLong
			}
			return l.buf, nil
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		}
		return nil, fmt.Errorf("after line %d: %w", l.number, err)
	}
}

// EachLine calls f with each line of in that is not blank, as a Feeder reads it, and its number from 1; line is valid during the
// call. It ends with the first error of f, or where in cannot be read or a line is longer than LineBytesMax.
func EachLine(in io.Reader, f func(number int, line []byte) error) error {
	lines := newLines(in)
	for {
		line, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("line %d: %w", lines.number, err)
		}
		if err := f(lines.number, line); err != nil {
			return err
		}
	}
}
