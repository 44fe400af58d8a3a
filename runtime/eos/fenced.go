package eos

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Being fenced is right for whoever was taken for dead: others have its tasks, and ended its transaction. Two live workers of
// one id fence each other without end: one of them has to go. Only fencings by such a rival count.
const (
	fencingsMax    = 3
	fencingsWithin = time.Minute
)

// fenced tells whether err says that someone else has taken over the transactional id or the member id.
func fenced(err error) bool {
	for _, e := range []error{kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.FencedInstanceID} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// rivalMax bounds the question who lives with this worker's id.
const rivalMax = 2 * time.Second

// rival tells whether the group knows this worker's id as another member than the one that the session had joined as. Who was
// taken for dead finds nobody there, or itself. It is false where there is no telling: rivals meet again. Since the group
// has one member of an id, of two rivals that ask only one can be told to go. The session must have ended, so that it
// does not join any more.
func (m *member) rival(mine string) bool {
	if mine == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), rivalMax)
	defer cancel()
	groups, err := m.admin.DescribeGroups(ctx, m.config.Group)
	if err != nil {
		m.log.Debug("look for another worker of the same instance", "err", err)
		return false
	}
	for _, other := range groups[m.config.Group].Members {
		if other.InstanceID != nil && *other.InstanceID == m.config.id() {
			return other.MemberID != mine
		}
	}
	return false
}

// membership is the name that the group gave a session, until it took it for dead.
type membership struct{ ended atomic.Bool }

// OnGroupManageError is called before the client joins again: until that is answered, it does not know its new name.
func (m *membership) OnGroupManageError(err error) {
	if errors.Is(err, kerr.UnknownMemberID) {
		m.ended.Store(true)
	}
}

// name is what the group calls the session; empty where it has not joined, or was taken for dead since.
func (s *session) name() string {
	if s == nil || s.group.ended.Load() {
		return ""
	}
	name, _ := s.gts.Client().GroupMetadata()
	return name
}

// fencings are the last times at which a rival fenced this member.
type fencings []time.Time

// add notes one more, and tells whether that is too often.
func (f *fencings) add(now time.Time) bool {
	*f = append(*f, now)
	for now.Sub((*f)[0]) > fencingsWithin {
		*f = (*f)[1:]
	}
	return len(*f) >= fencingsMax
}
