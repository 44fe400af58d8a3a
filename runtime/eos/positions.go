package eos

import (
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
	instance string
	end      func(spot) (int64, bool) // nil: a run without ends
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
	req.Topics = slices.DeleteFunc(req.Topics, func(t kmsg.TxnOffsetCommitRequestTopic) bool { return len(t.Partitions) == 0 })
	if found < len(p.moved) {
		return errNotOwned
	}
	return nil
}

func (p *positions) metadata(s spot) string {
	if p.end == nil {
		return metadata(p.instance, noEnd)
	}
	end, ok := p.end(s)
	if !ok {
		end = noEnd
	}
	return metadata(p.instance, end)
}

// noEnd is the end of a partition that is read for ever, or whose end is not known.
const noEnd = -1

// metadata is what is stored beside a committed position, at most 4096 bytes: fields name=value with a space between,
// by= is the instance that committed, end= the end of the run.
func metadata(instance string, end int64) string {
	if end == noEnd {
		return "by=" + instance
	}
	return "by=" + instance + " end=" + strconv.FormatInt(end, 10)
}

// endIn reads the end back, noEnd where there is none or the metadata is not ours.
func endIn(metadata string) int64 {
	for field := range strings.FieldsSeq(metadata) {
		if s, ok := strings.CutPrefix(field, "end="); ok {
			if end, err := strconv.ParseInt(s, 10, 64); err == nil && end >= 0 {
				return end
			}
		}
	}
	return noEnd
}
