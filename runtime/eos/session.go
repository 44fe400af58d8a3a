package eos

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// session is one client in the group, from joining until its first error. The next one has the same ids.
type session struct {
	gts     *kgo.GroupTransactSession
	ctx     context.Context // of every call to the client: kill ends them
	kill    context.CancelFunc
	ready   chan struct{} // closed once the producer id is there
	owned   *ownership
	faults  *faults
	group   membership // whom the group takes it for
	proven  *proof
	promise func(*kgo.Record, error)
	work    sync.WaitGroup
	log     *slog.Logger
}

// newSession joins the group, and asks for the producer id at once and not with the first record: only that ends the
// transaction which a predecessor left open, for which the group's offsets would otherwise be waited for.
func (m *member) newSession() (*session, error) {
	s := &session{ready: make(chan struct{}), owned: &ownership{}, faults: &faults{}, proven: &m.proven, log: m.log}
	s.ctx, s.kill = context.WithCancel(context.Background())
	s.promise = func(r *kgo.Record, err error) {
		if err != nil {
			s.faults.add(r, err)
		}
	}
	started := make(chan struct{})
	opts := append(m.config.options(s.owned, m.budget, m.limits),
		kgo.WithHooks(m.pulse, ejected{s.owned}, &s.group),
		kgo.OnPartitionsRevoked(func(context.Context, *kgo.Client, map[string][]int32) { s.owned.turn() }),
		kgo.OnPartitionsLost(func(context.Context, *kgo.Client, map[string][]int32) { s.owned.lose() }),
		kgo.OnOffsetsFetched(m.fetched),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) {
			<-started
			if len(added) > 0 && s.ctx.Err() == nil {
				s.work.Go(func() { m.fenceDeadOwners(s.ctx) })
			}
		}),
	)
	gts, err := kgo.NewGroupTransactSession(opts...)
	if err != nil {
		s.kill()
		return nil, err
	}
	s.gts = gts
	m.sessions++
	m.dropHeld()
	s.work.Go(s.claim)
	close(started)
	return s, nil
}

// claimPause is between two tries to get the producer id.
const claimPause = 100 * time.Millisecond

func (s *session) claim() {
	for s.ctx.Err() == nil {
		_, _, err := s.gts.Client().ProducerID(s.ctx)
		if err == nil {
			s.proven.Store(true)
			close(s.ready)
			return
		}
		if v := judge(err); v == broken || v == hopeless || s.proven.denies(err) {
			s.faults.add(nil, err)
			return
		}
		s.faults.note(err)
		sleep(s.ctx, claimPause)
	}
}

// closeMax bounds an orderly end of a client whose brokers may be gone.
const closeMax = 5 * time.Second

// close ends the client, and with it whatever call is still in it. It does not leave the group: a static member that
// comes back within the session timeout has its tasks back without a rebalance. False: the client still has work in hand,
// and with it the records that it was given.
func (s *session) close() bool {
	s.kill()
	done := make(chan struct{})
	go func() {
		s.gts.Close()
		s.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(closeMax):
		s.log.Warn("the Kafka client takes long to close; going on without it", "after", closeMax)
		return false
	}
}

// part closes the session. Memory that its client still reads is left to it: it must not be used again.
func (m *member) part() {
	if m.s == nil {
		return
	}
	if !m.s.close() {
		m.out.cells, m.out.bytes = cells{}, arena{}
	}
	m.s = nil
}

// ejected is told of each time that the group throws this member out. The session's own callback is not told a second
// time within one transaction.
type ejected struct{ owned *ownership }

func (e ejected) OnGroupManageError(error) { e.owned.lose() }

// faults are what promises said in one transaction, and the last trouble of the session.
type faults struct {
	mu      sync.Mutex
	first   error         // of the errors that are no refusal
	refused []*kgo.Record // what the broker said it will not take
	refusal error
	trouble error
}

// add is called by the client's goroutines.
func (f *faults) add(r *kgo.Record, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case errors.Is(err, kgo.ErrAborting):
	case refusal(err) && r != nil:
		f.refused = append(f.refused, r)
		f.refusal = err
	case f.first == nil:
		f.first = err
	}
}

// any is the reason why the transaction must not be committed; nil where there is none.
func (f *faults) any() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first != nil {
		return f.first
	}
	return f.refusal
}

// take gives what was found in the transaction, and forgets it.
func (f *faults) take() (first error, refused []*kgo.Record, refusal error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first, refused, refusal = f.first, f.refused, f.refusal
	f.first, f.refused, f.refusal = nil, nil, nil
	return first, refused, refusal
}

// forget drops what was found in the transaction.
func (f *faults) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.first, f.refused, f.refusal = nil, nil, nil
}

func (f *faults) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble = err
}

func (f *faults) last() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.trouble
}

// sleep waits, and tells whether it was not cut short.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
