package eos

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// spot is one partition of a topic.
type spot struct {
	topic     string
	partition int32
}

func (s spot) String() string { return fmt.Sprintf("%s[%d]", s.topic, s.partition) }

// position is how far one partition has been given out to the caller.
type position struct {
	next  int64 // the offset after the last record or marker
	epoch int32 // the leader epoch of that record; -1: unknown
}

// positions are those that moved since the last transaction ended. The client's own view, which counts all that it has
// fetched, is never committed.
type positions struct {
	moved    map[spot]position
	notes    map[spot]string // new ones, of what moved
	states   map[spot]string // the same
	holds    *holds
	kept     *bookmarks
	instance string
	mark     string                   // of what moves them
	end      func(spot) (int64, bool) // nil: a run without ends
	bare     bool                     // the brokers take no notes
}

// errNotOwned: the client no longer counts a partition that the transaction has read among its own.
var errNotOwned = errors.New("a partition was taken away during the transaction")

// into puts the positions into the request that the client has prepared, in place of its own.
func (p *positions) into(req *kmsg.TxnOffsetCommitRequest) error {
	found := 0
	for i := range req.Topics {
		t := &req.Topics[i]
		kept := t.Partitions[:0]
		for _, part := range t.Partitions {
			at, ok := p.moved[spot{t.Topic, part.Partition}]
			if !ok {
				continue
			}
			found++
			part.Offset, part.LeaderEpoch = at.next, at.epoch
			metadata := p.metadata(spot{t.Topic, part.Partition})
			part.Metadata = &metadata
			kept = append(kept, part)
		}
		t.Partitions = kept
	}
	found += p.held(req)
	req.Topics = slices.DeleteFunc(req.Topics, func(t kmsg.TxnOffsetCommitRequestTopic) bool { return len(t.Partitions) == 0 })
	if found < len(p.moved) {
		return errNotOwned
	}
	return nil
}

func (p *positions) metadata(s spot) string {
	end := int64(noEnd)
	if p.end != nil {
		if e, ok := p.end(s); ok {
			end = e
		}
	}
	return metadata(p.instance, p.mark, end, p.note(s), p.state(s))
}

// note is what is to stand beside a position: a partition that nobody noted keeps what it has.
func (p *positions) note(s spot) string {
	if p.bare {
		return ""
	}
	if note, ok := p.notes[s]; ok {
		return note
	}
	return p.kept.at(s).note
}

// state is the same for a state.
func (p *positions) state(s spot) string {
	if state, ok := p.states[s]; ok {
		return state
	}
	return p.kept.at(s).state
}

// committed: the positions that have moved are the broker's now.
func (p *positions) committed() {
	for s, at := range p.moved {
		p.kept.advance(s, bookmark{at.next, p.note(s), p.state(s), p.mark})
	}
}

// noEnd is the end of a partition that is read for ever, or whose end is not known.
const noEnd = -1

// metadata is what is stored beside a committed position, at most 4096 bytes: fields name=value with a space between,
// by= is the instance that committed, of= the mark of what it ran, end= the end of the run, note= and
// state= are the caller's note and state in base64.
func metadata(instance, mark string, end int64, note, state string) string {
	text := "by=" + instance
	if mark != "" {
		text += " of=" + mark
	}
	if end != noEnd {
		text += " end=" + strconv.FormatInt(end, 10)
	}
	if note != "" {
		text += " note=" + base64.RawURLEncoding.EncodeToString([]byte(note))
	}
	if state != "" {
		text += " state=" + base64.RawURLEncoding.EncodeToString([]byte(state))
	}
	return text
}

// fieldsIn are the values that the fields of a name have in metadata. There is one at most in what this package wrote.
func fieldsIn(metadata, name string) (values []string) {
	for field := range strings.FieldsSeq(metadata) {
		if value, ok := strings.CutPrefix(field, name+"="); ok {
			values = append(values, value)
		}
	}
	return values
}

// NoteIn reads the note back that stands in the metadata of a committed position; empty where there is none.
func NoteIn(metadata string) string {
	return decoded(metadata, "note")
}

// stateIn does the same for a state.
func stateIn(metadata string) string { return decoded(metadata, "state") }

func decoded(metadata, name string) string {
	for _, s := range fieldsIn(metadata, name) {
		if text, err := base64.RawURLEncoding.DecodeString(s); err == nil {
			return string(text)
		}
	}
	return ""
}

// MarkIn reads back which Config.Mark the worker had that committed a position; empty where it had none.
func MarkIn(metadata string) string {
	for _, mark := range fieldsIn(metadata, "of") {
		return mark
	}
	return ""
}

// endIn reads the end back, noEnd where there is none or the metadata is not ours.
func endIn(metadata string) int64 {
	for _, s := range fieldsIn(metadata, "end") {
		if end, err := strconv.ParseInt(s, 10, 64); err == nil && end >= 0 {
			return end
		}
	}
	return noEnd
}
