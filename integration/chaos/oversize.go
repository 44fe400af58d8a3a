package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
)

// Sizes in bytes: what the output topic takes, and what is added to some events so that they are larger.
const (
	batchMax = 20_000
	padding  = 30_000
)

// padded tells which events are too large for the output topic: none of those that are poison.
func padded(n int) bool { return n%1700 == 7 && n%poisonEvery != poisonEvery-1 && n >= sideEvents }

// oversize lowers what one output topic takes while a worker runs, and feeds events that are larger, with padding that
// cannot be compressed.
func oversize(ctx context.Context, a *arena) error {
	s, err := a.side(ctx, "oversize")
	if err != nil {
		return err
	}
	w, err := s.start(ctx)
	if err != nil {
		return err
	}
	if err := s.through(ctx, w); err != nil {
		return err
	}
	limit := strconv.Itoa(batchMax)
	if _, err := a.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "max.message.bytes", Value: &limit}}, s.name+".audit"); err != nil {
		return err
	}
	noise := rand.NewChaCha8([32]byte{7})
	err = s.feed(ctx, func(n int, r *kgo.Record) {
		if padded(n) {
			pad := make([]byte, padding)
			_, _ = noise.Read(pad)
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: "pad", Value: pad})
		}
	})
	if err != nil {
		return err
	}
	if err := s.through(ctx, w); err != nil {
		return err
	}
	if err := w.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := s.ends(w, 0); err != nil {
		return err
	}
	return s.verify(ctx)
}

// verify holds that what is padded is a dead letter of the copier, and went on its other way.
func (s *side) verify(ctx context.Context) error {
	brokers := s.arena.cluster.Brokers()
	in, err := signup.ReadInput(ctx, brokers, s.name, s.arena.schema)
	if err != nil {
		return err
	}
	copies, letters := in.Audit(s.name+".audit"), in.DeadLetters(s.name+".dlq", s.name)
	unreadable := letters.Want
	copies.Want = func(n int) bool { return !padded(n) }
	letters.Want = func(n int) bool { return unreadable(n) || padded(n) }
	for _, output := range []history.Output{copies, in.ByUser(s.name+".by-user", shards), letters} {
		report, err := in.Check(ctx, brokers, output)
		if err != nil {
			return err
		}
		if err := report.Err(); err != nil {
			return fmt.Errorf("after oversize events: %w", err)
		}
	}
	return nil
}
