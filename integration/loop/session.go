package loop

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
)

// session is how a Loop reads, writes and commits.
type session interface {
	begin() error
	poll(context.Context) kgo.Fetches
	produce(*kgo.Record, func(*kgo.Record, error))
	// end commits the positions of what was polled since begin, or gives it up. What was produced is flushed before a commit.
	end(ctx context.Context, commit bool) (committed bool, err error)
	client() *kgo.Client
	close()
}

// open connects.
func (l *Loop) open(ctx context.Context) (session, error) {
	if l.AtLeastOnce {
		client, err := kgo.NewClient(append(l.options(), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll())...)
		if err != nil {
			return nil, err
		}
		return atLeastOnce{client}, nil
	}
	s, err := kgo.NewGroupTransactSession(append(l.options(), kgo.TransactionalID(l.Group))...)
	if err != nil {
		return nil, err
	}
	if _, _, err := s.Client().ProducerID(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return exactlyOnce{s}, nil
}

// exactlyOnce commits positions and outputs in one transaction.
type exactlyOnce struct{ session *kgo.GroupTransactSession }

func (s exactlyOnce) begin() error                         { return s.session.Begin() }
func (s exactlyOnce) poll(ctx context.Context) kgo.Fetches { return s.session.PollFetches(ctx) }
func (s exactlyOnce) client() *kgo.Client                  { return s.session.Client() }
func (s exactlyOnce) close()                               { s.session.Close() }

func (s exactlyOnce) produce(r *kgo.Record, promise func(*kgo.Record, error)) {
	s.session.Produce(context.Background(), r, promise)
}

func (s exactlyOnce) end(ctx context.Context, commit bool) (bool, error) {
	return s.session.End(ctx, kgo.TransactionEndTry(commit))
}

// atLeastOnce commits positions once the outputs are acknowledged.
type atLeastOnce struct{ kafka *kgo.Client }

func (s atLeastOnce) begin() error                         { return nil }
func (s atLeastOnce) poll(ctx context.Context) kgo.Fetches { return s.kafka.PollFetches(ctx) }
func (s atLeastOnce) client() *kgo.Client                  { return s.kafka }
func (s atLeastOnce) close()                               { s.kafka.CloseAllowingRebalance() }

func (s atLeastOnce) produce(r *kgo.Record, promise func(*kgo.Record, error)) {
	s.kafka.Produce(context.Background(), r, promise)
}

func (s atLeastOnce) end(ctx context.Context, commit bool) (bool, error) {
	defer s.kafka.AllowRebalance()
	if !commit {
		return false, nil
	}
	err := s.kafka.CommitUncommittedOffsets(ctx)
	return err == nil, err
}
