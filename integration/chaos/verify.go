package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
)

// drain ends the feed, waits until all is committed, and lets the workers leave.
func (a *arena) drain(ctx context.Context) error {
	if err := a.feed.finish(); err != nil {
		return err
	}
	ends, err := a.admin.ListEndOffsets(ctx, input)
	if err = errors.Join(err, ends.Error()); err != nil {
		return fmt.Errorf("ends of %s: %w", input, err)
	}
	for start := time.Now(); ; {
		behind := int64(0)
		at := a.trace.Positions()
		for p, end := range ends[input] {
			behind += end.Offset - at[p]
		}
		if behind == 0 {
			break
		}
		if time.Since(start) > drainMax {
			return fmt.Errorf("%v after the last event %d are not committed: positions %v", drainMax, behind, at)
		}
		if err := a.wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	a.say("%d events are through; the workers leave", a.feed.count())
	for _, s := range a.fleet.slots {
		if err := s.leave(); err != nil {
			return err
		}
	}
	return nil
}

// settleMax bounds the time until no transaction is open any more.
const settleMax = time.Minute

// verify reads all topics back.
func (a *arena) verify(ctx context.Context, result *Result) error {
	brokers := a.cluster.Brokers()
	settling, cancel := context.WithTimeout(ctx, settleMax)
	defer cancel()
	if err := history.Settled(settling, brokers, input, audit, byUser, dead); err != nil {
		result.Wrong = append(result.Wrong, err)
		return nil
	}
	if a.open(ctx, "") {
		result.Wrong = append(result.Wrong, errors.New("a transaction is still open when all workers have left"))
	}
	a.say("reading back")
	in, err := signup.ReadInput(ctx, brokers, input, a.schema)
	if err != nil {
		return err
	}
	result.Events = in.Ledger.Len()
	if n := a.feed.count(); n != result.Events {
		return fmt.Errorf("%d events were fed and acknowledged, and the input holds %d", n, result.Events)
	}
	for _, output := range []history.Output{in.Audit(audit), in.ByUser(byUser, shards), in.DeadLetters(dead, input)} {
		report, err := in.Check(ctx, brokers, output)
		if err != nil {
			return err
		}
		result.Reports = append(result.Reports, report)
	}
	if result.Transactions, err = history.ReadTransactions(ctx, brokers, audit, byUser, dead); err != nil {
		return err
	}
	if err := a.live.finish(result.Events); err != nil {
		result.Wrong = append(result.Wrong, err)
	}
	return a.audit(ctx, result)
}
