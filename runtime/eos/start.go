package eos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// groupStart commits where a group begins, for every partition at once and before its first member has joined: an
// idle partition must never look like one whose position was lost.
type groupStart struct {
	admin    *kadm.Client
	log      *slog.Logger
	group    string
	id       string // of this worker as a static member
	instance string
	mark     string // of this worker; a position that is there keeps its own
	inputs   []Input
	sinks    []string
	ends     map[spot]int64 // to be stored with the positions; nil: none
	release  release

	suspected bool // whether lost positions have been looked for
}

const (
	startMax   = time.Minute // how long a group that is in use may keep a start from being committed
	startPause = 200 * time.Millisecond
)

// How old positions may be when they are committed again, with an end beside them. The broker takes them only from a group
// without members, but cannot be asked whether others have joined, worked and left since they were read: a commit that is sent again
// after a connection broke would set back what those have done.
const (
	freshFirst = 200 * time.Millisecond
	freshMax   = 3 * time.Second // of slow brokers
)

// commit commits what is missing. Several workers may do so at once: whoever comes late finds the group in use, and
// the positions there.
func (g *groupStart) commit(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	for fresh := freshFirst; ; {
		have, err := releasedOffsets(ctx, g.admin, g.group, g.release)
		if err != nil {
			return err
		}
		read := time.Now()
		missing, needed, err := g.missing(ctx, have)
		if err != nil || len(missing) == 0 {
			return err
		}
		if len(have) == 0 {
			g.suspect(ctx)
		}
		soon, cancel := context.WithDeadline(ctx, read.Add(fresh))
		err = g.admin.CommitAllOffsets(soon, g.group, missing)
		late := soon.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			return nil
		case late:
			fresh = min(2*fresh, freshMax)
			continue
		case !inUse(err) && judge(err) == passing && !unauthorised(err) && sleep(ctx, startPause):
			continue
		case !inUse(err):
			return fmt.Errorf("commit the start of group %s: %w", g.group, err)
		case g.evictGhost(ctx):
			continue
		case !needed:
			return nil
		}
		if !sleep(ctx, startPause) {
			return fmt.Errorf("%w: group %s is in use and has no position for some input topics, whose start can be committed only while it is empty; stop its other workers once", transport.ErrPosition, g.group)
		}
	}
}

// suspect warns of a group without any position whose outputs are not empty: it may have run before, and lost its positions.
// That is no error, since others may write there too, and since deleting a group is how one makes it begin again.
func (g *groupStart) suspect(ctx context.Context) {
	if g.suspected || len(g.sinks) == 0 {
		return
	}
	ends, err := g.admin.ListEndOffsets(ctx, g.sinks...)
	if err != nil {
		return
	}
	g.suspected = true
	written := map[string]bool{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Err == nil && o.Offset > 0 {
			written[o.Topic] = true
		}
	})
	if len(written) > 0 {
		g.log.Warn("the group has no positions, and topics that it writes hold records: if it has run before, its positions were deleted or have expired, and what it reads from its start on is written again",
			"topics", slices.Sorted(maps.Keys(written)))
	}
}

// without are the topics that are not among others.
func without(topics, others []string) []string {
	return slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return slices.Contains(others, t) })
}

// inUse: only members may commit now.
func inUse(err error) bool {
	for _, e := range []error{kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.RebalanceInProgress, kerr.FencedInstanceID, kerr.NonEmptyGroup} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// missing is what has to be committed, and whether the group cannot do without: a topic without any position
// begins at its start, a partition that was added to a known topic begins at 0 even if nothing is committed.
func (g *groupStart) missing(ctx context.Context, have map[spot]stored) (kadm.Offsets, bool, error) {
	missing, needed := kadm.Offsets{}, false
	for _, in := range g.inputs {
		for _, topic := range in.Topics {
			firsts, err := g.startOffsets(ctx, topic, in.Start, have)
			if err != nil {
				return nil, false, err
			}
			known := topicKnown(have, topic)
			for p, first := range firsts {
				at := spot{topic, p}
				c, committed := have[at]
				end, ended := g.ends[at]
				switch {
				case !ended:
					end = noEnd
				case committed && c.end == end:
					ended = false
				}
				if committed && !ended {
					continue
				}
				if !committed {
					if lost(have, at) {
						return nil, false, fmt.Errorf("%w: group %s has no position for %s, and one for a later partition: it was deleted or has expired; commit one to go on", transport.ErrPosition, g.group, at)
					}
					c = stored{next: first, epoch: -1, mark: g.mark}
				}
				needed = needed || !known
				missing.Add(kadm.Offset{Topic: topic, Partition: p, At: c.next, LeaderEpoch: c.epoch, Metadata: metadata(g.instance, c.mark, end, c.note, c.state)})
			}
		}
	}
	return missing, needed, nil
}

// lost tells whether a partition without a position has had one. All partitions of a topic are committed at once at the start, and
// those that are added later have higher numbers: so who lacks a position below one that has it has lost it.
func lost(have map[spot]stored, at spot) bool {
	for other := range have {
		if other.topic == at.topic && other.partition > at.partition {
			return true
		}
	}
	return false
}

func topicKnown(have map[spot]stored, topic string) bool {
	for at := range have {
		if at.topic == topic {
			return true
		}
	}
	return false
}

// startOffsets gives each partition of a topic the position at which it begins, if it has none.
func (g *groupStart) startOffsets(ctx context.Context, topic string, start Start, have map[spot]stored) (map[int32]int64, error) {
	var listed kadm.ListedOffsets
	var err error
	switch {
	case topicKnown(have, topic):
		// Only the numbers of the partitions are needed.
		listed, err = list(ctx, topic, g.admin.ListStartOffsets)
	case start.Latest:
		listed, err = list(ctx, topic, g.admin.ListCommittedOffsets)
	case !start.At.IsZero():
		listed, err = list(ctx, topic, func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
			return g.admin.ListOffsetsAfterMilli(ctx, start.At.UnixMilli(), topics...)
		})
	default:
		listed, err = list(ctx, topic, g.admin.ListStartOffsets)
	}
	if err == nil && len(listed[topic]) == 0 {
		err = kerr.UnknownTopicOrPartition
	}
	if err != nil {
		return nil, fmt.Errorf("find the start of topic %s: %w", topic, err)
	}
	first := map[int32]int64{}
	for p, o := range listed[topic] {
		first[p] = o.Offset
		if topicKnown(have, topic) {
			first[p] = 0
		}
	}
	return first, nil
}

// evictGhost makes the group empty if its only member is this worker's own predecessor, and tells whether it did.
func (g *groupStart) evictGhost(ctx context.Context) bool {
	groups, err := g.admin.DescribeGroups(ctx, g.group)
	if err != nil {
		return false
	}
	group, err := groups.On(g.group, nil)
	if err != nil || group.Err != nil || len(group.Members) != 1 {
		return false
	}
	ghost := group.Members[0].InstanceID
	if ghost == nil || *ghost != g.id {
		return false
	}
	left, err := g.admin.LeaveGroup(ctx, kadm.LeaveGroup(g.group).InstanceIDs(g.id).Reason("restarted"))
	return err == nil && left.Ok()
}
