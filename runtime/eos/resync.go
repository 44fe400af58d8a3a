package eos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// stored is one committed position as the broker has it.
type stored struct {
	next  int64
	epoch int32
	end   int64  // from the metadata; noEnd where there is none
	note  string // the same; empty where there is none
	state string
	mark  string // the same
}

// committedOffsets reads a group's positions: none of a group that does not exist yet. It waits until none of them hangs on an open transaction.
func committedOffsets(ctx context.Context, admin *kadm.Client, group string) (map[spot]stored, error) {
	return releasedOffsets(ctx, admin, group, release{after: never})
}

// release is how a worker that comes ends the transactions of the dead on which positions hang.
type release struct {
	after time.Duration // how long they may hang before it is tried for the first time
	try   func(context.Context)
}

const (
	never         = time.Duration(math.MaxInt64)
	releaseAfter  = 50 * time.Millisecond  // most often it is somebody alive, who is about to commit
	releaseEvery  = 500 * time.Millisecond // until it helps
	releaseOthers = 500 * time.Millisecond // where the predecessor may be alive, and runs another sub-topology
)

// releasedOffsets is committedOffsets, and tries r while positions hang on an open transaction.
func releasedOffsets(ctx context.Context, admin *kadm.Client, group string, r release) (map[spot]stored, error) {
	for since := time.Now(); ; {
		all, err := admin.FetchOffsets(kadm.RequireStable(ctx), group)
		if err == nil {
			err = all.Error()
		}
		if errors.Is(err, kerr.UnstableOffsetCommit) {
			if !sleep(ctx, 10*time.Millisecond) {
				return nil, fmt.Errorf("read the positions of group %s: a transaction is still open: %w", group, err)
			}
			if time.Since(since) > r.after {
				r.try(ctx)
				since, r.after = time.Now(), releaseEvery
			}
			continue
		}
		if errors.Is(err, kerr.GroupIDNotFound) {
			return map[spot]stored{}, nil
		}
		if err != nil && judge(err) == passing && !unauthorised(err) && sleep(ctx, claimPause) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the positions of group %s: %w", group, err)
		}
		found := map[spot]stored{}
		for topic, partitions := range all {
			for p, o := range partitions {
				if o.At >= 0 {
					found[spot{topic, p}] = stored{o.At, o.LeaderEpoch, endIn(o.Metadata), NoteIn(o.Metadata), stateIn(o.Metadata), MarkIn(o.Metadata)}
				}
			}
		}
		return found, nil
	}
}

// resync sets what the client reads next to what the broker has committed: after a commit that did not surely happen the
// client's own memory may be wrong in either direction. False: not now.
func (m *member) resync(ctx context.Context) bool {
	version := m.s.owned.version()
	have, err := committedOffsets(ctx, m.admin, m.config.Group)
	if err != nil {
		if judge(err) != nothing {
			m.note(err)
		}
		return false
	}
	same := false
	m.s.owned.while(func(partitions map[string][]int32) {
		if m.s.owned.gains != version {
			return // what was gained meanwhile is read from a position that is newer
		}
		same = true
		set := map[string]map[int32]kgo.EpochOffset{}
		for topic, ps := range partitions {
			set[topic] = map[int32]kgo.EpochOffset{}
			for _, p := range ps {
				c, ok := have[spot{topic, p}]
				if !ok {
					c = stored{epoch: -1} // never committed: it was added later and begins at 0
				}
				set[topic][p] = kgo.EpochOffset{Epoch: c.epoch, Offset: c.next}
				m.at.kept.set(spot{topic, p}, bookmark{c.next, c.note, c.state, c.mark})
			}
		}
		m.s.gts.Client().SetOffsets(set)
	})
	if !same {
		return false
	}
	for s := range maps.Clone(m.parked) {
		m.unpark(s)
	}
	m.rewind = false
	m.dropHeld()
	return true
}

// park stops fetching a partition at its end.
func (m *member) park(s spot) {
	m.parked[s] = true
	m.s.gts.Client().PauseFetchPartitions(map[string][]int32{s.topic: {s.partition}})
}

func (m *member) unpark(s spot) {
	delete(m.parked, s)
	m.s.gts.Client().ResumeFetchPartitions(map[string][]int32{s.topic: {s.partition}})
}

// passGap moves a partition to its end when the next record lies at or beyond it: what was between has been compacted
// away, or the partition has been finished before.
func (m *member) passGap(input int, at spot, end int64) {
	if m.parked[at] {
		return
	}
	next, ok := m.at.moved[at]
	if !ok {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		have, err := committedOffsets(ctx, m.admin, m.config.Group)
		if err != nil {
			m.out.doomed = true
			m.note(err)
			m.newBatch(input, at) // so that the transaction is ended and the partition read again
			return
		}
		next = position{have[at].next, have[at].epoch}
	}
	m.park(at)
	if next.next < end {
		m.newBatch(input, at)
		m.at.moved[at] = position{end, next.epoch}
	}
}
