package ordering

import (
	"encoding/binary"
	"errors"

	"github.com/anabranch-go/anabranch/stage/merger"
)

// state is what must be remembered of a lane beside its position.
type state struct {
	progress merger.Progress
	seq      uint64 // of the first lane alone
}

// A state is a version, then for Latest and Bound a varint (zigzag), a text with its length and After, then the sequence, as
// unsigned varints.
const stateVersion = 1

// text is empty for a lane that nothing is known of.
func (s *state) text() string {
	if s.progress.Latest == merger.Beginning.Latest && s.progress.Bound == merger.Beginning.Bound && s.seq == 0 {
		return ""
	}
	b := []byte{stateVersion}
	for _, r := range []merger.Rank{s.progress.Latest, s.progress.Bound} {
		b = binary.AppendVarint(b, r.N)
		b = binary.AppendUvarint(b, uint64(len(r.S)))
		b = append(b, r.S...)
		b = binary.AppendUvarint(b, r.After)
	}
	return string(binary.AppendUvarint(b, s.seq))
}

// errState: going on without knowing how far the order has come could break it.
var errState = errors.New("what stands beside the position was not written by an ordered merger of this version")

func readState(text string) (state, error) {
	s := state{progress: merger.Beginning}
	if text == "" {
		return s, nil
	}
	b := []byte(text)
	if b[0] != stateVersion {
		return s, errState
	}
	b = b[1:]
	for _, r := range []*merger.Rank{&s.progress.Latest, &s.progress.Bound} {
		n, size := binary.Varint(b)
		if size <= 0 {
			return s, errState
		}
		length, more := binary.Uvarint(b[size:])
		if more <= 0 || length > uint64(len(b)-size-more) {
			return s, errState
		}
		from := size + more
		r.N, r.S = n, string(b[from:from+int(length)])
		b = b[from+int(length):]
		after, size := binary.Uvarint(b)
		if size <= 0 {
			return s, errState
		}
		r.After, b = after, b[size:]
	}
	seq, size := binary.Uvarint(b)
	if size <= 0 || size != len(b) {
		return s, errState
	}
	s.seq = seq
	return s, nil
}
